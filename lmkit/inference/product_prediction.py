"""The product of the predictions of two directions for the same place."""

import torch
from torch import Tensor

from lmkit.models.base import Prediction


class ProductPrediction(Prediction):
    """The product of two predictions of the same place, one from each side, made to sum to 1."""

    def __init__(self, forward: Prediction, backward: Prediction) -> None:
        self._parts = (forward, backward)

    def log_probs(self) -> Tensor:
        """Return the log-probability of every id, shape (batch, time, vocab)."""
        forward, backward = self._parts
        return torch.log_softmax(forward.log_probs() + backward.log_probs(), dim=-1)

    def log_prob_of(self, ids: Tensor) -> Tensor:
        """Return the log-probability of one id per position, shape (batch, time)."""
        return self.log_probs().gather(-1, ids[..., None])[..., 0]

    def last(self) -> "ProductPrediction":
        """Return the prediction after the last position alone."""
        forward, backward = self._parts
        return ProductPrediction(forward.last(), backward.last())
