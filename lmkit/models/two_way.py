"""A model that reads forward, and its companion that reads backward.

Asked for the next word, the forward model answers alone: what comes later is not known. Where both
sides of a blank are, filling asks both models for the whole sentence and weighs the answers with
`weight`.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.models.next_word import NextWordModel, Prediction

Memory: TypeAlias = Any  # Any: what a model's memory looks like is its own business


class TwoWay:
    """Two models of one vocabulary, one for each direction.

    Attributes:
        forward: Reads a line from its first id to its last.
        backward: Reads a line from its last id to its first.
        weight: Share of the backward model in the score of a whole sentence, 0..1.
    """

    def __init__(
        self,
        forward: NextWordModel[Memory],
        backward: NextWordModel[Memory],
        *,
        weight: float = 0.5,
    ) -> None:
        if forward.vocab_size != backward.vocab_size:
            raise UsageError("the models of the two directions have different vocabularies")
        if not 0 <= weight <= 1:
            raise UsageError(f"the weight of a direction must be in 0..1, got {weight}")
        self.forward = forward
        self.backward = backward
        self.weight = weight
        self.vocab_size = forward.vocab_size

    def start(self, batch: int) -> Memory:
        """Return the forward model's memory of having read nothing."""
        return self.forward.start(batch)

    def read(self, ids: Tensor, state: Memory) -> tuple[Prediction, Memory]:
        """Read ids forward and say what may come after each.

        Args:
            ids: Ids, shape (batch, time).
            state: Memory of everything read before.

        Returns:
            Predictions for batch x time positions, and the new memory.
        """
        return self.forward.read(ids, state)

    def select(self, state: Memory, rows: Tensor | Sequence[int]) -> Memory:
        """Return the memory of some rows, in the order asked for."""
        return self.forward.select(state, rows)
