"""Sequences whose states are joined into one, and read on by one call of the model.

Knows nothing of what is predicted or written. Rows are moved only when they have to be: sequences
that leave or fork are noted, and their rows selected before the next read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch

from lmkit.models.base import AnyState, Model, Prediction, join_states


class Unread(Protocol):
    """A sequence with ids still to be read."""

    unread: list[int]


U = TypeVar("U", bound=Unread)


@dataclass(frozen=True, slots=True)
class BatchRead(Generic[U]):
    """One read of a batch.

    Attributes:
        prediction: Predictions after each id read, one row a sequence.
        sequences: The sequences, in the order of the rows.
        times: Ids read of each.
    """

    prediction: Prediction
    sequences: tuple[U, ...]
    times: int


class ReadingBatch(Generic[U]):
    """A joined state and the sequence of each of its rows."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._state: AnyState | None = None
        self._height = 0  # rows of the state
        self._sequences: list[U] = []
        self._rows: list[int] = []  # row of the state of each sequence; several may share one

    def __len__(self) -> int:
        """Return the number of sequences."""
        return len(self._sequences)

    def __contains__(self, sequence: U) -> bool:
        """Return whether a sequence, by identity, is among them."""
        return any(own is sequence for own in self._sequences)

    def join(self, sequences: Sequence[U], states: Sequence[AnyState]) -> None:
        """Take sequences in.

        Args:
            sequences: At least one, each with ids to read before the next `read`.
            states: The state of each, of one row.

        Raises:
            UsageError: If there are several states and the model cannot join them.
        """
        self._select()
        parts = [*states] if self._state is None else [self._state, *states]
        self._state = parts[0] if len(parts) == 1 else join_states(self._model, parts)
        self._sequences += sequences
        self._set_rows()

    def fork(self, sequence: U, copy: U) -> None:
        """Take in a copy of a sequence, which goes on from the same state."""
        self._rows.append(self._rows[self._place(sequence)])
        self._sequences.append(copy)

    def remove(self, sequence: U) -> None:
        """Let a sequence go; its row is dropped before the next read."""
        place = self._place(sequence)
        del self._sequences[place], self._rows[place]
        if not self._sequences:
            self._state, self._height = None, 0

    def state_of(self, sequence: U) -> AnyState:
        """Return the state of one sequence, of one row."""
        if self._height == 1:
            return self._state
        return self._model.select(self._state, [self._rows[self._place(sequence)]])

    def read(self, most: int) -> BatchRead[U]:
        """Read equally many ids of every sequence, as many as all of them have.

        Args:
            most: Ids of each at most.

        Returns:
            Predictions and the sequences; the ids read are no longer among their unread ones.
        """
        self._select()
        times = min(most, *(len(sequence.unread) for sequence in self._sequences))
        ids = torch.tensor([sequence.unread[:times] for sequence in self._sequences])
        prediction, self._state = self._model.read(ids, self._state)
        for sequence in self._sequences:
            del sequence.unread[:times]
        return BatchRead(prediction, tuple(self._sequences), times)

    def _place(self, sequence: U) -> int:
        return next(n for n, own in enumerate(self._sequences) if own is sequence)

    def _select(self) -> None:
        """Bring the rows of the state into the order of the sequences."""
        if self._sequences and self._rows != list(range(self._height)):
            self._state = self._model.select(self._state, self._rows)
            self._set_rows()

    def _set_rows(self) -> None:
        self._height = len(self._sequences)
        self._rows = list(range(self._height))
