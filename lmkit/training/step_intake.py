"""Counting of the steps of a run once they are read: time, loss and signs of divergence."""

import math
from collections.abc import Callable, Sequence

import torch

from lmkit.training.budget import TimeBudget
from lmkit.training.divergence import DivergenceWatch
from lmkit.training.state import StepMeter
from lmkit.training.step_report import Measured, StepReadings, TimedReport


class StepIntake:
    """Steps of a run, counted as they are read.

    Attributes:
        meter: Sums over the steps that were read since the last report.
    """

    def __init__(
        self,
        device: torch.device,
        clock: Callable[[], float],
        *,
        budget: TimeBudget,
        watch: DivergenceWatch,
    ) -> None:
        """Begin with no steps.

        Args:
            device: Device of the model.
            clock: Seconds from any start.
            budget: Takes in the durations.
            watch: Takes in the losses.
        """
        self.meter = StepMeter()
        self._readings = StepReadings(device, clock)
        self._budget = budget
        self._watch = watch

    def add(self, measured: Measured, *, began: float) -> str | None:
        """Take in a step; on a device it may be counted later, with others.

        Args:
            measured: Its measurements.
            began: When it began, by the clock.

        Returns:
            A sign of divergence, for people to read; None while training converges.
        """
        return self._count(self._readings.add(measured, began=began))

    def catch_up(self) -> str | None:
        """Count all steps that still wait on a device; return a sign of divergence, as `add`."""
        return self._count(self._readings.read())

    def next_meter(self) -> StepMeter:
        """Return the meter, and begin another."""
        meter, self.meter = self.meter, StepMeter()
        return meter

    def _count(self, timed: Sequence[TimedReport]) -> str | None:
        """Count steps up to the first sign of divergence: those after it are worth nothing."""
        for each in timed:
            report = each.report
            self._budget.count_step(each.seconds, is_exact=report.is_exact)
            if math.isfinite(report.nats):
                self.meter.add(report, each.seconds)
            if trouble := self._watch.reason(report.mean, report.gradient_norm):
                return trouble
        return None
