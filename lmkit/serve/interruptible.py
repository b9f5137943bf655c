"""Models that let others go on between their reads, so that no long search holds the server."""

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from lmkit.models.base import AnyState, Model, Prediction, join_states
from lmkit.models.directions import Directions
from lmkit.serve.demands import Breathe


class InterruptibleModel:
    """A model that calls a function after each read.

    Attributes:
        vocab_size: Number of ids.
    """

    def __init__(self, model: Model, breathe: Breathe) -> None:
        """Wrap a model.

        Args:
            model: The model.
            breathe: Called after each read; what it raises ends the reading.
        """
        self._model = model
        self._breathe = breathe
        self.vocab_size = model.vocab_size

    @property
    def parts(self) -> tuple[Model, ...]:
        """The model that is asked."""
        return (self._model,)

    def start(self, batch: int) -> AnyState:
        """Return the state of having read nothing."""
        return self._model.start(batch)

    def read(self, ids: Tensor, state: AnyState) -> tuple[Prediction, AnyState]:
        """Read ids and predict what comes after each.

        Args:
            ids: Ids, shape (batch, time).
            state: State of everything read before.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        found = self._model.read(ids, state)
        self._breathe()
        return found

    def select(self, state: AnyState, rows: Tensor | Sequence[int]) -> AnyState:
        """Return the state of some rows, in the order asked for."""
        return self._model.select(state, rows)

    def join(self, states: Sequence[AnyState]) -> AnyState:
        """Return one state that holds the rows of several, in the order given."""
        return join_states(self._model, states)


def interruptible(directions: Directions, breathe: Breathe) -> Directions:
    """Return directions whose models let others go on between reads."""
    forward, backward = directions.forward, directions.backward
    return replace(
        directions,
        forward=None if forward is None else InterruptibleModel(forward, breathe),
        backward=None if backward is None else InterruptibleModel(backward, breathe),
    )
