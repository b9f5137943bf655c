"""A next-word model that asks another one: the base of models that change one step of it."""

from collections.abc import Sequence

from torch import Tensor

from lmkit.models.base import AnyState, Model, Prediction, join_states


class WrappedModel:
    """A next-word model that answers as the one beneath; a subclass changes how it starts or reads.

    Attributes:
        vocab_size: Number of ids.
    """

    def __init__(self, model: Model) -> None:
        """Wrap a model.

        Args:
            model: The model beneath; never changed.
        """
        self._model = model
        self.vocab_size = model.vocab_size

    @property
    def parts(self) -> tuple[Model, ...]:
        """The model beneath."""
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
        return self._model.read(ids, state)

    def select(self, state: AnyState, rows: Tensor | Sequence[int]) -> AnyState:
        """Return the state of some rows, in the order asked for."""
        return self._model.select(state, rows)

    def join(self, states: Sequence[AnyState]) -> AnyState:
        """Return one state that holds the rows of several, in the order given.

        Raises:
            UsageError: If the model beneath cannot join states.
        """
        return join_states(self._model, states)
