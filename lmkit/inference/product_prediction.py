"""Product of the predictions of two directions for the same position."""

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.models.base import Prediction


class ProductPrediction(Prediction):
    """A normalised product of two predictions of the same position, one from each side."""

    def __init__(self, forward: Prediction, backward: Prediction) -> None:
        self._parts = (forward, backward)

    @override
    def log_probs(self) -> Tensor:
        forward, backward = self._parts
        return torch.log_softmax(forward.log_probs() + backward.log_probs(), dim=-1)

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return self.log_probs().gather(-1, ids[..., None])[..., 0]

    @override
    def last(self) -> "ProductPrediction":
        forward, backward = self._parts
        return ProductPrediction(forward.last(), backward.last())
