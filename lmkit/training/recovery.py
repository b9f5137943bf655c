"""Recovery from divergence: the learning rate after it, and the end of trying."""

from dataclasses import asdict, dataclass

from lmkit.core.errors import LmkitError
from lmkit.training.checkpoint import StateDict

RATE_AFTER_RECOVERY = 0.5
MAX_RECOVERIES = 5
REHEAT_STEPS = 50  # in which the rate rises again after a recovery


@dataclass(slots=True, kw_only=True)
class Recovery:
    """Recoveries of a run and the factor of its learning rate that follows from them."""

    factor: float = 1.0  # of the planned rate, once it has risen again
    count: int = 0
    step: int = -1  # steps taken at the last recovery; -1: none

    def rate_factor(self, step: int) -> float:
        """Return the factor of the planned rate: less after a recovery, rising to it anew.

        Args:
            step: Steps taken so far.
        """
        if self.step < 0:
            return 1.0
        return self.factor * min(1.0, (step - self.step + 1) / REHEAT_STEPS)

    def add(self, step: int, reason: str) -> None:
        """Count a recovery and halve the rate.

        Args:
            step: Steps taken so far.
            reason: The sign of divergence.

        Raises:
            LmkitError: If there were too many.
        """
        self.count += 1
        if self.count > MAX_RECOVERIES:
            raise LmkitError(
                f"training diverged {self.count} times ({reason}), even at "
                f"{self.factor:.1%} of the rate; try a smaller learning_rate"
            )
        self.factor *= RATE_AFTER_RECOVERY
        self.step = step

    def state(self) -> StateDict:
        """Return the fields by name."""
        return asdict(self)

    def load(self, state: StateDict) -> None:
        """Take over fields."""
        self.factor = float(state["factor"])
        self.count, self.step = int(state["count"]), int(state["step"])
