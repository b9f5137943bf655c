"""Noticing that training has gone wrong: numbers that are none, or losses far above the usual."""

import math
import statistics
from collections import deque

REMEMBERED = 101  # losses the usual one is the median of
FAR = 1.5  # nats above the usual loss that are too many
PATIENCE = 20  # steps in a row before it counts as divergence
ENOUGH = 20  # losses needed to know what is usual


class DivergenceWatch:
    """Remembers recent losses; a value goes in, a reason comes out when it has been too much."""

    def __init__(self, losses: list[float] | None = None, far: int = 0) -> None:
        self._losses = deque(losses or [], maxlen=REMEMBERED)
        self._far = far

    def reason(self, loss: float, gradient_norm: float) -> str | None:
        """Take in a step and say what is wrong, if anything.

        Args:
            loss: Mean nats per prediction of this step.
            gradient_norm: Before clipping.

        Returns:
            None while all is well.
        """
        if not math.isfinite(loss):
            return "the loss is not a finite number"
        if not math.isfinite(gradient_norm):
            return "the gradient is not finite"
        is_known = len(self._losses) >= ENOUGH
        if not is_known or loss <= statistics.median(self._losses) + FAR:
            self._far = 0
            self._losses.append(loss)
            return None
        self._far += 1
        if self._far < PATIENCE:
            return None
        return f"the loss stayed far above the usual for {PATIENCE} steps"

    def restart(self) -> None:
        """Forget all losses."""
        self._losses.clear()
        self._far = 0

    def to_json(self) -> dict[str, object]:
        """Return what it remembers."""
        return {"losses": list(self._losses), "far": self._far}
