"""Models that let others go on between their reads, so that no long search holds the server."""

from dataclasses import replace

from torch import Tensor
from typing_extensions import override

from lmkit.models.base import AnyState, Model, Prediction
from lmkit.models.directions import Directions
from lmkit.models.wrapped import WrappedModel
from lmkit.serve.demands import Breathe


class InterruptibleModel(WrappedModel):
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
        super().__init__(model)
        self._breathe = breathe

    @override
    def read(self, ids: Tensor, state: AnyState) -> tuple[Prediction, AnyState]:
        found = self._model.read(ids, state)
        self._breathe()
        return found


def interruptible(directions: Directions, breathe: Breathe) -> Directions:
    """Return directions whose models let others go on between reads."""
    forward, backward = directions.forward, directions.backward
    return replace(
        directions,
        forward=None if forward is None else InterruptibleModel(forward, breathe),
        backward=None if backward is None else InterruptibleModel(backward, breathe),
    )
