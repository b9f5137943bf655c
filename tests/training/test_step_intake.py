"""Steps counted as they are read: durations, losses, divergence."""

import math

import pytest
import torch

from lmkit.training.budget import TimeBudget
from lmkit.training.config import TrainingConfig
from lmkit.training.divergence import DivergenceWatch
from lmkit.training.step_intake import StepIntake
from lmkit.training.step_report import FIRST_SINGLY, READ_EVERY, Measured


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def budget(clock: Clock) -> TimeBudget:
    return TimeBudget(
        TrainingConfig(epochs=2),
        steps_per_epoch=10,
        validation_tokens=5,
        final_readings=0.0,
        clock=clock,
    )


def intake(on: torch.device, clock: Clock) -> StepIntake:
    return StepIntake(on, clock, budget=budget(clock), watch=DivergenceWatch())


def measured(nats: float, on: torch.device) -> Measured:
    return Measured(
        nats=torch.tensor(nats).to(on),
        gradient_norm=torch.tensor(1.0).to(on),
        count=10,
        learning_rate=0.1,
        is_exact=False,
    )


def test_steps_of_the_cpu_are_counted_one_by_one():
    clock = Clock()
    counted = intake(torch.device("cpu"), clock)
    for step in range(3):
        clock.now += 2.0
        assert counted.add(measured(20.0, torch.device("cpu")), began=clock.now - 2.0) is None
        assert counted.meter.count == 10 * (step + 1)
    assert counted.meter.mean == 2.0
    assert counted.meter.seconds == counted._budget.times.step_seconds == 6.0


def test_steps_of_a_device_are_all_counted_in_the_end(other):
    clock = Clock()
    counted = intake(other.OTHER, clock)
    for _ in range(FIRST_SINGLY + READ_EVERY + 3):
        clock.now += 2.0
        assert counted.add(measured(20.0, other.OTHER), began=clock.now - 2.0) is None
    assert counted._budget.times.steps == FIRST_SINGLY + READ_EVERY
    assert counted.catch_up() is None
    assert counted._budget.times.steps == FIRST_SINGLY + READ_EVERY + 3
    assert counted._budget.times.step_seconds == pytest.approx(2.0 * counted._budget.times.steps)
    assert counted.meter.count == 10 * counted._budget.times.steps


def test_divergence_is_seen_where_it_is_read_and_what_follows_does_not_count(other):
    counted = intake(other.OTHER, Clock())
    for _ in range(FIRST_SINGLY):
        counted.add(measured(20.0, other.OTHER), began=0.0)
    assert counted.add(measured(math.nan, other.OTHER), began=0.0) is None
    assert counted.add(measured(20.0, other.OTHER), began=0.0) is None
    assert counted.catch_up() == "the loss is not a finite number"
    assert counted.meter.count == 10 * FIRST_SINGLY
    assert counted.catch_up() is None


def test_a_meter_is_given_away_and_another_begun():
    counted = intake(torch.device("cpu"), Clock())
    counted.add(measured(20.0, torch.device("cpu")), began=0.0)
    assert counted.next_meter().count == 10
    assert counted.meter.count == 0
