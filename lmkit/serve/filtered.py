"""Models asked through the filters of the draw: the distribution texts are drawn from."""

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.inference.context import Context
from lmkit.inference.sampling import SamplingConfig, compose
from lmkit.models.base import AnyState, FixedPrediction, Model, Prediction
from lmkit.models.wrapped import WrappedModel


class FilteredModel(WrappedModel):
    """A model whose predictions are filtered as tokens are before they are drawn.

    Filters that look at the tokens before see none.

    Attributes:
        vocab_size: Number of ids.
    """

    def __init__(self, model: Model, sampling: SamplingConfig) -> None:
        super().__init__(model)
        self._sampling = sampling

    @override
    def read(self, ids: Tensor, state: AnyState) -> tuple[Prediction, AnyState]:
        prediction, state = self._model.read(ids, state)
        return _FilteredPrediction(prediction, self._sampling), state


def filtered_context(context: Context, sampling: SamplingConfig) -> Context:
    """Return a context whose prediction is filtered as tokens are before they are drawn."""
    scores = filtered_log_probs(context.log_probs[None], sampling)
    return Context(FixedPrediction(scores[None]), context.state)


def filtered_log_probs(scores: Tensor, sampling: SamplingConfig) -> Tensor:
    """Return log-probabilities after the filters of the draw, shape (rows, vocab)."""
    left = compose(sampling)(scores, [()] * len(scores))
    return torch.log_softmax(left, dim=-1)


class _FilteredPrediction(Prediction):
    def __init__(self, prediction: Prediction, sampling: SamplingConfig) -> None:
        self._prediction = prediction
        self._sampling = sampling

    @override
    def log_probs(self) -> Tensor:
        scores = self._prediction.log_probs()
        filtered = filtered_log_probs(scores.flatten(0, 1), self._sampling)
        return filtered.view(scores.shape)

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return self.log_probs().gather(2, ids[..., None])[..., 0]

    @override
    def last(self) -> "_FilteredPrediction":
        return _FilteredPrediction(self._prediction.last(), self._sampling)
