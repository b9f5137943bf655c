"""A model that has read something already: whatever it reads now comes after that.

What was read is a value given from outside; the model underneath is never changed.
"""

from collections.abc import Sequence

from torch import Tensor

from lmkit.models.base import AnyState, Model, NextWordModel, Prediction, join_states


class PrefixedModel:
    """A next-word model that begins with a state in place of an empty one."""

    def __init__(self, model: NextWordModel[AnyState], state: AnyState) -> None:
        """Put a model and its state together.

        Args:
            model: The model that read.
            state: Its state of what it read, of one row.
        """
        self._model = model
        self._state = state
        self.vocab_size = model.vocab_size

    @property
    def parts(self) -> tuple[Model, ...]:
        """The model underneath."""
        return (self._model,)

    def start(self, batch: int) -> AnyState:
        """Return the state of what was read before, once a row."""
        return self._model.select(self._state, [0] * batch)

    def read(self, ids: Tensor, state: AnyState) -> tuple[Prediction, AnyState]:
        """Read ids and predict what comes after each.

        Args:
            ids: Ids, shape (batch, time).
            state: State of everything read before.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        return self._model.read(ids, state)

    def select(self, state: AnyState, rows: Tensor | Sequence[int]) -> AnyState:
        """Return the state of some rows, in the order asked for."""
        return self._model.select(state, rows)

    def join(self, states: Sequence[AnyState]) -> AnyState:
        """Return one state that holds the rows of several, in the order given.

        Raises:
            UsageError: If the model underneath cannot join states.
        """
        return join_states(self._model, states)
