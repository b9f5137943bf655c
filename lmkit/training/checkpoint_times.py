"""Times of checkpoints: by minutes and steps, and never more often than they are worth."""

from lmkit.training.config import TrainingConfig

RATIO = 60.0  # a checkpoint that took a second is followed by so many without one: under 2%


class CheckpointTimes:
    """Decision when the next checkpoint is due."""

    def __init__(self, config: TrainingConfig) -> None:
        """Begin before the first step.

        Args:
            config: Minutes and steps between checkpoints.
        """
        self._minutes = config.checkpoint_minutes
        self._every = config.checkpoint_steps
        self._last = 0.0
        self._took = 0.0

    def start(self, now: float) -> None:
        """Count from now.

        Args:
            now: Seconds by the clock of the run.
        """
        self._last = now

    def is_due(self, step: int, now: float) -> bool:
        """Return whether to write a checkpoint; steps that were asked for count whatever it costs.

        Args:
            step: Steps taken so far.
            now: Seconds by the clock of the run.
        """
        if self._every and step and step % self._every == 0:
            return True
        return now - self._last >= max(self._minutes * 60.0, RATIO * self._took)

    def written(self, began: float, now: float) -> float:
        """Take in that a checkpoint was written, and return the seconds that it took.

        Args:
            began: Seconds by the clock of the run when its writing began.
            now: When it had been written.
        """
        self._last, self._took = now, now - began
        return self._took
