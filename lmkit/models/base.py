"""Contracts of next-word models: reading, predicting, and joining the states of several texts.

Generating, filling, scoring, measuring and serving are written against `NextWordModel` and never
against "LSTM": an n-gram, a mixture or a cache takes its place without a change there.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeGuard, TypeVar, runtime_checkable

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError

S = TypeVar("S")


class Prediction(ABC):
    """Distributions over the next id: one per row and time step.

    Log-probabilities are natural and exact: over the whole vocabulary they sum to 1.
    """

    @abstractmethod
    def log_probs(self) -> Tensor:
        """Return the log-probability of every id, shape (batch, time, vocab)."""

    def logit_parts(self, times: int) -> Iterator[Tensor]:
        """Yield `log_probs` of some time steps after another, up to a constant in each row.

        Args:
            times: Most time steps of a part.

        Yields:
            Shape (batch, times or fewer, vocab).
        """
        yield from torch.split(self.log_probs(), times, 1)

    @abstractmethod
    def log_prob_of(self, ids: Tensor) -> Tensor:
        """Return the log-probability of one id per position, without the whole vocabulary.

        Args:
            ids: The ids asked about, shape (batch, time).

        Returns:
            Log-probabilities, shape (batch, time).
        """

    @abstractmethod
    def last(self) -> "Prediction":
        """Return the prediction after the last position alone: time is 1."""

    def select(self, rows: Sequence[int]) -> "Prediction":
        """Return the predictions of some rows, in the order asked for."""
        return SelectedPrediction(self, rows)


class SelectedPrediction(Prediction):
    """Some rows of a prediction that is computed for all of its rows."""

    def __init__(self, whole: Prediction, rows: Sequence[int]) -> None:
        self._whole = whole
        self._rows = torch.as_tensor(rows, dtype=torch.long)

    @override
    def log_probs(self) -> Tensor:
        log_probs = self._whole.log_probs()
        return log_probs.index_select(0, self._rows.to(log_probs.device))

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return self.log_probs().gather(2, ids[..., None])[..., 0]

    @override
    def last(self) -> "SelectedPrediction":
        return SelectedPrediction(self._whole.last(), self._rows.tolist())


class FixedPrediction(Prediction):
    """A prediction whose log-probabilities were worked out before.

    Attributes:
        scores: Log-probability of every id, shape (batch, time, vocab).
    """

    def __init__(self, scores: Tensor) -> None:
        self.scores = scores

    @override
    def log_probs(self) -> Tensor:
        return self.scores

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return self.scores.gather(2, ids[..., None])[..., 0]

    @override
    def last(self) -> "FixedPrediction":
        return FixedPrediction(self.scores[:, -1:])


class NextWordModel(Protocol[S]):
    """A model that reads ids and predicts the next; its state S is a value that the caller keeps.

    `read` never changes the model or the state it was given and builds no graph: callers need no
    gradient mode around it.
    """

    @property
    def vocab_size(self) -> int:
        """Number of ids."""
        ...

    def start(self, batch: int) -> S:
        """Return the state of having read nothing."""
        ...

    def read(self, ids: Tensor, state: S) -> tuple[Prediction, S]:
        """Read ids and predict the next after each.

        Args:
            ids: Ids, shape (batch, time), time at least 1.
            state: State of everything read before.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        ...

    def select(self, state: S, rows: Tensor | Sequence[int]) -> S:
        """Return the state of some rows, in the order asked for; a row may be repeated."""
        ...


@runtime_checkable
class Batchable(NextWordModel[S], Protocol[S]):
    """A next-word model whose states of different texts can be read on side by side.

    A row of a joined state answers as it would alone, but for rounding. Joining what `select` took
    apart gives back the state.
    """

    def join(self, states: Sequence[S]) -> S:
        """Return one state that holds the rows of several, in the order given.

        Args:
            states: At least one state, of any number of rows each; they may have read texts of
                any lengths.
        """
        ...


AnyState: TypeAlias = Any  # Any: the state of a model has a type of that model's own
Model: TypeAlias = NextWordModel[AnyState]


@runtime_checkable
class Composite(Protocol):
    """A model that asks other models."""

    @property
    def parts(self) -> tuple[Model, ...]:
        """The models asked."""
        ...


def join_states(model: Model, states: Sequence[AnyState]) -> AnyState:
    """Return one state of a model that holds the rows of several.

    Raises:
        UsageError: If the model cannot join states.
    """
    if not is_batchable(model):
        raise UsageError(
            f"a {type(model).__name__} learns from what it reads, so its states cannot be joined; "
            "read each text alone"
        )
    return model.join(states)


def is_batchable(model: Model) -> TypeGuard[Batchable[AnyState]]:
    """Return whether a model, and every model that it asks, can join states."""
    # isinstance of a protocol would take longer than a step of a small model
    parts: tuple[Model, ...] = getattr(model, "parts", ())
    return hasattr(model, "join") and all(map(is_batchable, parts))
