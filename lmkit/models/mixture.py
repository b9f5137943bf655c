"""Several models asked together: the weighted mean of their probabilities.

Knows nothing of the kinds of the models; each keeps a state of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.models.base import AnyState, Model, NextWordModel, Prediction, join_states

ROUNDS = 60  # of expectation maximisation


@dataclass(frozen=True, slots=True, kw_only=True)
class MixingWeights:
    """Weights of models in a mixture, fitted on a text."""

    weights: tuple[float, ...]  # one per model, sum 1
    nats: float  # mean per id of the text they were fitted on


class Mixture:
    """A linear interpolation of next-word models over one vocabulary."""

    def __init__(self, models: Sequence[NextWordModel[AnyState]], weights: Sequence[float]) -> None:
        """Mix models.

        Args:
            models: At least one, all of one vocabulary.
            weights: Weight of each, 0..1; they sum to 1.

        Raises:
            UsageError: If the vocabularies differ, or the weights do not sum to 1.
        """
        if not models or len(models) != len(weights):
            raise UsageError(f"{len(models)} models cannot be mixed with {len(weights)} weights")
        if len({model.vocab_size for model in models}) > 1:
            raise UsageError("models of different vocabularies cannot be mixed")
        if min(weights) < 0 or not math.isclose(sum(weights), 1, abs_tol=1e-6):
            raise UsageError(f"mixing weights must be in 0..1 and sum to 1, got {tuple(weights)}")
        self.models = tuple(models)
        self.weights = tuple(weights)
        self.vocab_size = models[0].vocab_size

    @property
    def parts(self) -> tuple[Model, ...]:
        """The models that are mixed."""
        return self.models

    def start(self, batch: int) -> tuple[AnyState, ...]:
        """Return the state of having read nothing, one per model."""
        return tuple(model.start(batch) for model in self.models)

    def read(
        self, ids: Tensor, state: tuple[AnyState, ...]
    ) -> tuple[Prediction, tuple[AnyState, ...]]:
        """Read ids with every model and predict what comes after each.

        Args:
            ids: Ids, shape (batch, time).
            state: State of each model.

        Returns:
            Predictions for batch x time positions, and the new states.
        """
        read = [model.read(ids, own) for model, own in zip(self.models, state, strict=True)]
        predictions, states = zip(*read, strict=True)
        return MixturePrediction(predictions, self.weights), states

    def select(
        self, state: tuple[AnyState, ...], rows: Tensor | Sequence[int]
    ) -> tuple[AnyState, ...]:
        """Return the state of some rows, in the order asked for."""
        return tuple(model.select(own, rows) for model, own in zip(self.models, state, strict=True))

    def join(self, states: Sequence[tuple[AnyState, ...]]) -> tuple[AnyState, ...]:
        """Return one state that holds the rows of several, in the order given.

        Raises:
            UsageError: If one of the models cannot join states.
        """
        own = zip(*states, strict=True)
        return tuple(join_states(model, each) for model, each in zip(self.models, own, strict=True))


class MixturePrediction(Prediction):
    """The weighted mean of predictions."""

    def __init__(self, predictions: Sequence[Prediction], weights: Sequence[float]) -> None:
        self._parts = [
            (prediction, math.log(weight))
            for prediction, weight in zip(predictions, weights, strict=True)
            if weight > 0
        ]

    @override
    def log_probs(self) -> Tensor:
        return reduce(torch.logaddexp, (part.log_probs() + log for part, log in self._parts))

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return reduce(torch.logaddexp, (part.log_prob_of(ids) + log for part, log in self._parts))

    @override
    def last(self) -> "MixturePrediction":
        return MixturePrediction(
            [part.last() for part, _ in self._parts], [math.exp(log) for _, log in self._parts]
        )

    @override
    def select(self, rows: Sequence[int]) -> "MixturePrediction":
        return MixturePrediction(
            [part.select(rows) for part, _ in self._parts],
            [math.exp(log) for _, log in self._parts],
        )


def fit_mixing_weights(log_probs: Sequence[Tensor]) -> MixingWeights:
    """Find the weights under which a text is most probable, by expectation maximisation.

    Args:
        log_probs: For each model the natural log-probability of each id, shape (ids,).

    Returns:
        The weights; equal ones where the text is empty.
    """
    table = torch.stack([part.double() for part in log_probs])
    count, ids = table.shape
    weights = torch.full((count,), 1 / count, dtype=torch.float64)
    for _ in range(ROUNDS if ids else 0):
        weights = torch.softmax(table + weights.log()[:, None], 0).mean(1)
    nats = -torch.logsumexp(table + weights.log()[:, None], 0).mean() if ids else torch.zeros(())
    weights = weights / weights.sum()
    return MixingWeights(weights=tuple(weights.tolist()), nats=float(nats))
