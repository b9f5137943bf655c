"""Measurements of steps: read as they are, at once on the CPU and together on a device."""

import math

import pytest
import torch

from lmkit.training.step_report import (
    FIRST_SINGLY,
    READ_EVERY,
    Measured,
    StepReadings,
    StepReport,
    read_reports,
)


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def measured(nats: float, *, norm: float = 1.0, on: torch.device | str = "cpu") -> Measured:
    return Measured(
        nats=torch.tensor(nats).to(on),
        gradient_norm=torch.tensor(norm).to(on),
        count=10,
        learning_rate=0.5,
        is_exact=nats > 5,
    )


def test_reports_are_the_numbers_of_their_steps(device):
    steps = [measured(3.0, on=device), measured(7.5, norm=2.5, on=device)]
    assert read_reports(steps) == [
        StepReport(nats=3.0, count=10, gradient_norm=1.0, learning_rate=0.5),
        StepReport(nats=7.5, count=10, gradient_norm=2.5, learning_rate=0.5, is_exact=True),
    ]


def test_a_number_that_is_none_is_read_as_such():
    (report,) = read_reports([measured(math.nan, norm=math.inf)])
    assert math.isnan(report.nats)
    assert report.gradient_norm == math.inf


def test_no_steps_have_no_reports():
    assert read_reports([]) == []


def test_the_mean_is_per_prediction():
    assert StepReport(nats=6.0, count=3, gradient_norm=1.0, learning_rate=0.1).mean == 2.0
    assert StepReport(nats=6.0, count=0, gradient_norm=1.0, learning_rate=0.1).mean == 6.0


def test_on_the_cpu_every_step_is_read_at_once():
    clock = Clock()
    readings = StepReadings(torch.device("cpu"), clock)
    for step in range(3 * READ_EVERY):
        clock.now += 2.0
        (timed,) = readings.add(measured(float(step)), began=clock.now - 2.0)
        assert timed.report.nats == step
        assert timed.seconds == 2.0
    assert readings.read() == []


def test_on_a_device_the_first_steps_are_read_singly_and_later_ones_together(other):
    clock = Clock()
    readings = StepReadings(other.OTHER, clock)
    sizes = []
    for step in range(FIRST_SINGLY + 2 * READ_EVERY):
        clock.now += 1.0
        found = readings.add(measured(float(step), on=other.OTHER), began=clock.now - 1.0)
        sizes.append(len(found))
    assert sizes[:FIRST_SINGLY] == [1] * FIRST_SINGLY
    late = sizes[FIRST_SINGLY:]
    assert [size for size in late if size] == [READ_EVERY, READ_EVERY]
    assert [timed.report.nats for timed in found] == list(
        range(FIRST_SINGLY + READ_EVERY, FIRST_SINGLY + 2 * READ_EVERY)
    )


def test_the_time_of_steps_read_together_is_shared_and_pauses_do_not_count(other):
    clock = Clock()
    readings = StepReadings(other.OTHER, clock)
    for _ in range(FIRST_SINGLY):
        readings.add(measured(1.0, on=other.OTHER), began=clock.now)
    for seconds in (1.0, 3.0):
        clock.now += 100.0  # between the steps
        began, clock.now = clock.now, clock.now + seconds
        assert readings.add(measured(1.0, on=other.OTHER), began=began) == []
    clock.now += 50.0
    assert [timed.seconds for timed in readings.read()] == [2.0, 2.0]
    assert readings.read() == []


@pytest.mark.parametrize("waiting", [1, 5])
def test_reading_gives_all_that_wait(other, waiting):
    readings = StepReadings(other.OTHER, Clock())
    for _ in range(FIRST_SINGLY + waiting):
        readings.add(measured(2.0, on=other.OTHER), began=0.0)
    assert [timed.report.nats for timed in readings.read()] == [2.0] * waiting
