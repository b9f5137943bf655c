"""Detection of divergence: losses that are not finite, or far above the usual ones."""

import math
import statistics
from collections import deque

from lmkit.training.checkpoint import StateDict

REMEMBERED = 101  # losses whose median is the usual one
FAR = 1.5  # nats above the usual loss that are too many
PATIENCE = 20  # steps in a row before it counts as divergence
ENOUGH = 20  # losses needed to know the usual one


class DivergenceWatch:
    """Recent losses of a run, and the count of steps far above their median."""

    def __init__(self) -> None:
        self._losses: deque[float] = deque(maxlen=REMEMBERED)
        self._far = 0

    def reason(self, loss: float, gradient_norm: float) -> str | None:
        """Take in a step and name the sign of divergence, if there is one.

        Args:
            loss: Mean nats per prediction of this step.
            gradient_norm: Norm of the gradient before clipping.

        Returns:
            A clause for people to read; None while training converges.
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

    def state(self) -> StateDict:
        """Return the losses and the count."""
        return {"losses": list(self._losses), "far": self._far}

    def load(self, state: StateDict) -> None:
        """Take over losses and count."""
        self._losses = deque(map(float, state["losses"]), maxlen=REMEMBERED)
        self._far = int(state["far"])
