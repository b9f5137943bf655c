"""A model that has read something already: whatever it reads now comes after that.

What was read is a value given from outside; the model underneath is never changed.
"""

from typing_extensions import override

from lmkit.models.base import AnyState, NextWordModel
from lmkit.models.wrapped import WrappedModel


class PrefixedModel(WrappedModel):
    """A next-word model that begins with a state in place of an empty one."""

    def __init__(self, model: NextWordModel[AnyState], state: AnyState) -> None:
        """Put a model and its state together.

        Args:
            model: The model that read.
            state: Its state of what it read, of one row.
        """
        super().__init__(model)
        self._state = state

    @override
    def start(self, batch: int) -> AnyState:
        return self._model.select(self._state, [0] * batch)
