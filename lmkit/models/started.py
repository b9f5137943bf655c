"""A model that has read something already: whatever it reads now comes after that.

What was read is a value given from outside; the model underneath is never changed.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from torch import Tensor

from lmkit.models.next_word import NextWordModel, Prediction

Memory: TypeAlias = Any  # Any: what a model's memory looks like is its own business


class Started:
    """A next-word model that begins with a memory in place of an empty one."""

    def __init__(self, model: NextWordModel[Memory], memory: Memory) -> None:
        """Put a model and its memory together.

        Args:
            model: Who read.
            memory: Its memory of what it read, of one row.
        """
        self._model = model
        self._memory = memory
        self.vocab_size = model.vocab_size

    def start(self, batch: int) -> Memory:
        """Return the memory of what was read before, once a row."""
        return self._model.select(self._memory, [0] * batch)

    def read(self, ids: Tensor, state: Memory) -> tuple[Prediction, Memory]:
        """Read ids and say what may come after each.

        Args:
            ids: Ids, shape (batch, time).
            state: Memory of everything read before.

        Returns:
            Predictions for batch x time positions, and the new memory.
        """
        return self._model.read(ids, state)

    def select(self, state: Memory, rows: Tensor | Sequence[int]) -> Memory:
        """Return the memory of some rows, in the order asked for."""
        return self._model.select(state, rows)
