"""The one contract everything above speaks to: a model that says what may come next.

Generating, filling, scoring, measuring and serving are written against `NextWordModel` and never
against "LSTM": an n-gram, a mixture or a cache takes its place without a change there.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

import torch
from torch import Tensor

S = TypeVar("S")


class Prediction(ABC):
    """What may come after each position read: one distribution per row and time step.

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


class NextWordModel(Protocol[S]):
    """Reads ids and predicts the next; its state S is a value that the caller keeps.

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
        """Read ids and say what may come after each.

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


AnyState: TypeAlias = Any  # Any: the state of a model has a type of that model's own
Model: TypeAlias = NextWordModel[AnyState]
