"""Measurements of training steps: on the device of the model, and as numbers once they are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lmkit.core.devices import precise_dtype

READ_EVERY = 16  # steps whose measurements the host waits for at once
FIRST_SINGLY = 8  # steps read one by one: the first plans of a run need their durations


@dataclass(frozen=True, slots=True)
class StepReport:
    """Measurements of one training step, over all processes."""

    nats: float  # sum over the predictions
    count: int  # predictions
    gradient_norm: float  # before clipping
    learning_rate: float
    is_exact: bool = False  # whether it belongs to the exact part of the run

    @property
    def mean(self) -> float:
        """Nats per prediction."""
        return self.nats / max(1, self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Measurements of one training step, still on the device of the model.

    Attributes:
        nats: Sum over the predictions of all processes, a scalar.
        gradient_norm: Norm of the gradient before clipping, a scalar.
        count: Predictions of all processes.
        learning_rate: Rate of the step.
        is_exact: Whether it belongs to the exact part of the run.
    """

    nats: Tensor
    gradient_norm: Tensor
    count: int
    learning_rate: float
    is_exact: bool


def read_reports(measured: Sequence[Measured]) -> list[StepReport]:
    """Return the reports of some steps; the host waits for the device, once for all of them.

    Args:
        measured: Of each step, on one device.
    """
    if not measured:
        return []
    dtype = precise_dtype(measured[0].nats.device)
    both = [part.to(dtype) for step in measured for part in (step.nats, step.gradient_norm)]
    numbers = torch.stack(both).tolist()
    return [
        StepReport(
            nats=nats,
            count=step.count,
            gradient_norm=norm,
            learning_rate=step.learning_rate,
            is_exact=step.is_exact,
        )
        for step, nats, norm in zip(measured, numbers[::2], numbers[1::2], strict=True)
    ]


@dataclass(frozen=True, slots=True)
class TimedReport:
    """The report of a step and its duration."""

    report: StepReport
    seconds: float  # of several steps read at once, the mean


class StepReadings:
    """Measurements that wait to be read: on the CPU not at all, on a device for some steps.

    A device that is asked for a number has to finish all its work first, and then stands idle until
    the next step has been ordered.
    """

    def __init__(self, device: torch.device, clock: Callable[[], float]) -> None:
        """Begin with no measurements.

        Args:
            device: Device of the model.
            clock: Seconds from any start.
        """
        self._is_elsewhere = device.type != "cpu"
        self._clock = clock
        self._waiting: list[Measured] = []
        self._seconds = 0.0
        self._taken = 0

    def add(self, measured: Measured, *, began: float) -> list[TimedReport]:
        """Take in the measurements of a step.

        Args:
            measured: The measurements.
            began: When the step began, by the clock.

        Returns:
            The reports of all steps that wait, where it is time to read them; else none.
        """
        self._waiting.append(measured)
        self._taken += 1
        is_late = self._is_elsewhere and self._taken > FIRST_SINGLY
        if is_late and len(self._waiting) < READ_EVERY:
            self._seconds += self._clock() - began
            return []
        return self._read(began)

    def read(self) -> list[TimedReport]:
        """Return the reports of all steps that wait, none if none does."""
        return self._read(self._clock()) if self._waiting else []

    def _read(self, began: float) -> list[TimedReport]:
        waiting, self._waiting = self._waiting, []
        reports = read_reports(waiting)
        seconds, self._seconds = self._seconds + self._clock() - began, 0.0
        return [TimedReport(report, seconds / len(reports)) for report in reports]
