"""A model and an n-gram asked together, with a weight for each order of the n-gram.

What an n-gram expects is a sum of parts: words that it saw after the last four, and for what these
leave over words after the last three, down to single words. Each part is multiplied by its weight,
and the rest is the other model's:

    p(word) = sum of weight * part(word) + (1 - sum of weight * mass) * p_other(word)

with the sums over the orders, and the mass of a part what it sums to over all words. So long
contexts, seldom seen but telling, can have most of the say and single words next to none. With
equal weights this is the weighted mean of both.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.models.base import AnyState, Model, NextWordModel, Prediction, join_states
from lmkit.models.ngram.ngram import NGram, NGramPrediction


class NGramMixture:
    """A next-word model mixed with an n-gram, with a weight for each order of the n-gram."""

    def __init__(
        self, model: NextWordModel[AnyState], ngram: NGram, weights: Sequence[float]
    ) -> None:
        """Mix a model with an n-gram of the same vocabulary.

        Args:
            model: The other model.
            ngram: The n-gram.
            weights: Of each of its orders, single words first, 0..1.

        Raises:
            UsageError: If the vocabularies differ or there is no weight for each order.
        """
        if model.vocab_size != ngram.vocab_size:
            raise UsageError("models of different vocabularies cannot be mixed")
        if len(weights) != ngram.order or not all(0 <= weight <= 1 for weight in weights):
            raise UsageError(
                f"an n-gram of order {ngram.order} needs as many weights in 0..1, got {weights}"
            )
        self.model = model
        self.ngram = ngram
        self.weights = tuple(weights)
        self.vocab_size = model.vocab_size

    @property
    def parts(self) -> tuple[Model, ...]:
        """The two models that are mixed."""
        return self.model, self.ngram

    def start(self, batch: int) -> tuple[AnyState, Tensor]:
        """Return the state of having read nothing, of both."""
        return self.model.start(batch), self.ngram.start(batch)

    def read(
        self, ids: Tensor, state: tuple[AnyState, Tensor]
    ) -> tuple["NGramMixturePrediction", tuple[AnyState, Tensor]]:
        """Read ids with both and say what may come after each.

        Args:
            ids: Ids, shape (batch, time).
            state: State of both.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        other, own = self.model.read(ids, state[0])
        counted, entries = self.ngram.read(ids, state[1])
        return NGramMixturePrediction(other, counted, self.weights), (own, entries)

    def select(
        self, state: tuple[AnyState, Tensor], rows: Tensor | Sequence[int]
    ) -> tuple[AnyState, Tensor]:
        """Return the state of some rows, in the order asked for."""
        return self.model.select(state[0], rows), self.ngram.select(state[1], rows)

    def join(self, states: Sequence[tuple[AnyState, Tensor]]) -> tuple[AnyState, Tensor]:
        """Return one state that holds the rows of several, in the order given.

        Raises:
            UsageError: If the other model cannot join states.
        """
        others, own = zip(*states, strict=True)
        return join_states(self.model, others), self.ngram.join(own)


class NGramMixturePrediction(Prediction):
    """The mixture of a prediction and that of an n-gram, with a weight for each order."""

    def __init__(
        self, other: Prediction, counted: NGramPrediction, weights: tuple[float, ...]
    ) -> None:
        self._other = other
        self._counted = counted
        self._weights = weights

    @override
    def log_probs(self) -> Tensor:
        taken = self._counted.weighted(self._weights).log_()
        return torch.logaddexp(self._other.log_probs() + self._left()[..., None], taken)

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        taken = self._weigh(self._counted.parts_of(ids)).log_()
        return torch.logaddexp(self._other.log_prob_of(ids) + self._left(), taken)

    @override
    def last(self) -> "NGramMixturePrediction":
        return NGramMixturePrediction(self._other.last(), self._counted.last(), self._weights)

    @override
    def select(self, rows: Sequence[int]) -> "NGramMixturePrediction":
        return NGramMixturePrediction(
            self._other.select(rows), self._counted.select(rows), self._weights
        )

    def _left(self) -> Tensor:
        """Return the log of the weight of the other model, shape (batch, time)."""
        return torch.log1p(-self._weigh(self._counted.masses()).clamp_(max=1.0))

    def _weigh(self, parts: Tensor) -> Tensor:
        return parts @ torch.tensor(self._weights, dtype=parts.dtype)
