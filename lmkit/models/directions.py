"""The forward and the backward model of a folder, and the weight of each in an answer."""

from dataclasses import dataclass

from lmkit.core.errors import UsageError
from lmkit.models.base import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Directions:
    """The models that read a sentence, and the weight of each.

    Attributes:
        forward: The model that reads from left to right; None where there is none.
        backward: The model that reads from right to left; None where there is none.
        weight: Weight of the backward model where there are both, 0..1.
    """

    forward: Model | None = None
    backward: Model | None = None
    weight: float = 0.5

    def __post_init__(self) -> None:
        self.only()
        if not 0 <= self.weight <= 1:
            raise UsageError(f"the weight of a direction must be in 0..1, got {self.weight}")

    def weighted(self) -> list[tuple[Model, bool, float]]:
        """Return each model, whether it reads backward, and its weight."""
        if self.forward is None or self.backward is None:
            return [(self.only(), self.forward is None, 1.0)]
        return [(self.forward, False, 1 - self.weight), (self.backward, True, self.weight)]

    def only(self) -> Model:
        """Return the forward model, or the backward one where there is no other."""
        model = self.forward if self.forward is not None else self.backward
        if model is None:
            raise UsageError("no model to read with; give one that reads forward or backward")
        return model
