"""The n-gram adapter: an n-gram mixed in, with a weight for each of its orders.

What an n-gram expects is a sum of parts: words that it saw after the last four, and for what these
leave over words after the last three, down to single words. Each part is multiplied by its weight,
and the rest is the other model's:

    p(word) = sum of weight * part(word) + (1 - sum of weight * mass) * p_other(word)

with the sums over the orders, and the mass of a part what it sums to over all words. So long
contexts, seldom seen but telling, can have most of the say and single words next to none. With
equal weights this is the weighted mean of both.

The weights depend on the model that it is mixed with: beside a cache, which remembers words too,
single words count less. So they are fitted once for each stack that may be beneath.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import Hint, ModelError, UsageError
from lmkit.models.adapters.adapter import Adapter, Beneath, FitText
from lmkit.models.adapters.order_weights import EXPECTED, OrderParts, fit_order_weights
from lmkit.models.base import AnyState, Model, NextWordModel, Prediction, join_states
from lmkit.models.ngram.ngram import NGram, NGramPrediction
from lmkit.models.sequence import affordable, read_chunks, stream_log_probs, stream_of_lines

FIT_IDS = 20_000  # ids of validation text the weights are fitted on
FIT_IDS_SLOW = 4_000  # the same beside a model that learns while it reads
_SMALL = 1e-30  # probability below which a sum is taken of logarithms
ALONE = ""  # key of the weights beside the network alone

C = TypeVar("C", bound="NGramConfig")


@dataclass(frozen=True, slots=True, kw_only=True)
class NGramConfig:
    """Weights of the orders of an n-gram.

    Attributes:
        weights: Weight of each order, 0..1, single words first; one number is for all orders. By
            the adapters beneath, lowest first and joined by "+"; "" is the network alone. Empty
            where nothing was fitted.
    """

    weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for weights in self.weights.values():
            if not weights or not all(0 <= weight <= 1 for weight in weights):
                raise UsageError(f"weights of an n-gram must be in 0..1, got {weights}")

    def beside(self, names: Sequence[str]) -> tuple[float, ...]:
        """Return the weights beside a stack; where it was not fitted, those of its lowest part.

        Args:
            names: The adapters of the stack, lowest first.
        """
        for key in ("+".join(names), *names[:1], ALONE):
            if key in self.weights:
                return self.weights[key]
        return (EXPECTED,)


class CountedAdapter(Adapter[C, NGram]):
    """An adapter with an n-gram in its file, used by default once weights were fitted."""

    needs_asset = True
    time = 0.2

    @staticmethod
    def suits(ngram: NGram, network: Model) -> bool:
        """Return whether an n-gram is of the vocabulary of a network."""
        return ngram.vocab_size == network.vocab_size

    @override
    def is_fitted(self, config: C) -> bool:
        return bool(config.weights)

    @override
    def load(self, path: Path, network: Model) -> NGram:
        ngram = NGram.load(path)
        if not self.suits(ngram, network):
            raise ModelError(f"{path} is of another vocabulary; the folder is damaged")
        return ngram

    @override
    def save(self, asset: NGram, path: Path) -> None:
        asset.save(path)


class NGramAdapter(CountedAdapter[NGramConfig]):
    """An n-gram of the training text, mixed with what the model beneath expects."""

    name = "ngram"
    config_type = NGramConfig
    file = "ngram.safetensors"

    @override
    def wrap(self, beneath: Beneath, config: NGramConfig, asset: NGram | None) -> Model:
        if asset is None:
            raise UsageError("the model holds no n-gram to mix in", hint=Hint.TRAIN_NGRAM)
        weights = config.beside(beneath.names)
        weights = weights * asset.order if len(weights) == 1 else weights
        if len(weights) != asset.order:
            raise ModelError(
                f"config.json gives {len(weights)} weights to an n-gram of order {asset.order}"
            )
        return NGramMixture(beneath.model, asset, weights)

    @override
    def fit(
        self,
        models: Sequence[Beneath],
        text: FitText,
        *,
        asset: NGram | None,
        seconds: float = math.inf,
    ) -> NGramConfig | None:
        if asset is None:
            return None
        fitted: dict[str, tuple[float, ...]] = {}
        for beneath in models:
            most = FIT_IDS_SLOW if "dynamic" in beneath.names else FIT_IDS
            each = seconds / len(models) / 2  # the n-gram reads it too
            ids = affordable(
                beneath.model, text.ids[:most], line_end_id=text.line_end_id, seconds=each
            )
            if len(ids):
                other = stream_log_probs(beneath.model, ids, line_end_id=text.line_end_id)
                counted = read_orders(asset, ids, line_end_id=text.line_end_id)
                expected = fitted.get(ALONE)  # beside the network alone, which comes first
                key = "+".join(beneath.names)
                fitted[key] = fit_order_weights(other, counted, expected=expected)
        return NGramConfig(weights=fitted)


def read_orders(ngram: NGram, ids: NDArray[np.integer], *, line_end_id: int) -> OrderParts:
    """Read a stream of lines with an n-gram.

    Args:
        ngram: The model that reads.
        ids: The stream, shape (ids,).
        line_end_id: What is read before the first id.

    Returns:
        Masses and parts, double precision.
    """
    stream = stream_of_lines(ids, line_end_id)
    nothing = torch.zeros(0, ngram.order, dtype=torch.float64)
    masses, parts = [nothing], [nothing]
    for chunk in read_chunks(ngram, stream, ngram.start(1)):
        masses.append(chunk.prediction.masses()[0].double())
        parts.append(chunk.prediction.parts_of(chunk.targets)[0].double())
    return OrderParts(torch.cat(masses), torch.cat(parts))


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
        other = self._other.log_probs() + self._left()[..., None]
        taken = self._counted.weighted(self._weights)
        probs = other.exp().add_(taken)
        if probs.numel() and probs.amin() < _SMALL:  # the logarithm of the sum would be rounded
            return torch.log_softmax(torch.logaddexp(other, taken.log_()), -1)
        # sums of many rounded parts are off by some 1e-5
        return probs.div_(probs.sum(-1, keepdim=True)).log_()

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
