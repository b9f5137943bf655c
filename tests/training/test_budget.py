"""The time budget: steps from minutes, points of planning and of validation."""

import itertools

import pytest

from lmkit.training.budget import (
    DECIDED,
    REPLAN_AT,
    UNKNOWN_STEPS,
    WORTH_CHANGING,
    TimeBudget,
)
from lmkit.training.config import TrainingConfig
from lmkit.training.step_plan import StepPlan


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def make(clock: Clock | None = None, *, final_readings: float = 0.0, **config) -> TimeBudget:
    budget = TimeBudget(
        TrainingConfig(**config),
        steps_per_epoch=10,
        validation_tokens=100,
        final_readings=final_readings,
        clock=clock or Clock(),
    )
    budget.start()
    return budget


def take_steps(budget: TimeBudget, clock: Clock, steps: range, seconds: float) -> list[StepPlan]:
    """Take steps of so many seconds and return the plans that were adopted."""
    plans = []
    for step in steps:
        clock.now += seconds
        budget.count_step(seconds)
        plan = budget.replanned(step + 1, tokens_per_step=10)
        if plan is not None:
            budget.plan = plan
            plans.append(plan)
    return plans


def test_epochs_are_a_number_of_steps_from_the_start():
    budget = make(epochs=2.5)
    assert budget.plan.steps == 25
    assert budget.budget == float("inf")
    assert budget.replanned(5, tokens_per_step=10) is None
    assert not budget.is_over(24, budget.plan)
    assert budget.is_over(25, budget.plan)


def test_minutes_are_a_plan_once_steps_have_been_timed():
    clock = Clock()
    budget = make(clock, minutes=1.0, validations=4)
    assert budget.plan.steps == UNKNOWN_STEPS
    assert budget.replanned(0, tokens_per_step=10) is None
    plans = take_steps(budget, clock, range(100), 0.5)
    assert plans[0].steps < UNKNOWN_STEPS
    assert budget.plan.steps == pytest.approx(120, rel=0.1)  # 60 seconds of half a second
    assert budget.times.plans > DECIDED


def test_a_plan_that_would_hardly_change_stays():
    clock = Clock()
    budget = make(clock, minutes=1.0)
    plans = take_steps(budget, clock, range(100), 0.5)
    changed = [abs(b.steps - a.steps) / b.steps for a, b in itertools.pairwise(plans)]
    assert len(plans) < len(REPLAN_AT)
    assert min(changed) > WORTH_CHANGING


def test_slower_steps_shorten_the_plan():
    clock = Clock()
    budget = make(clock, minutes=1.0)
    take_steps(budget, clock, range(40), 0.5)
    before = budget.plan.steps
    take_steps(budget, clock, range(40, 60), 1.5)
    assert budget.plan.steps < before


def test_a_run_far_beyond_its_minutes_is_over_whatever_the_plan_says():
    clock = Clock()
    budget = make(clock, minutes=1.0)
    clock.now += 61.0
    assert not budget.is_over(1, StepPlan.of(100))
    clock.now += 0.5
    assert budget.is_over(1, StepPlan.of(100))
    assert not budget.is_over(0, StepPlan.of(100))  # one step is taken in any case


def test_time_is_kept_for_the_work_after_the_last_step():
    clock = Clock()
    budget = make(clock, minutes=1.0, final_readings=2.0)
    budget.times.validation_seconds = 0.05  # for a token: 10 seconds for two readings of 100
    clock.now += 52.0
    assert budget.is_over(5, StepPlan.of(100))


def test_validations_are_spread_evenly_and_end_with_the_run():
    budget = make(epochs=2.0, validations=5)
    due = [step for step in range(21) if budget.is_validation_due(step, budget.plan)]
    assert due == [4, 8, 12, 16, 20]


def test_a_validation_that_takes_long_makes_the_next_ones_fewer():
    budget = make(minutes=10.0, validations=20)
    budget.times.validations, budget.times.validation_tokens = 20, 100
    budget.count_validation(0.1)
    assert budget.times.validations == 20
    budget.count_validation(5.0)  # 30 seconds of 10 minutes are for validation
    assert budget.times.validations == 6
    budget.count_validation(500.0)
    assert budget.times.validations == 4


def test_the_expected_end_follows_the_rate_where_epochs_are_counted():
    clock = Clock()
    budget = make(clock, epochs=10.0, validations=1)
    take_steps(budget, clock, range(20), 0.5)
    budget.elapsed()
    assert budget.expected(20) == pytest.approx(50.0)
    assert make(minutes=2.0).expected(0) == 120.0


def test_a_resumed_budget_goes_on_with_its_seconds_and_its_plan():
    clock = Clock()
    first = make(clock, minutes=1.0)
    take_steps(first, clock, range(30), 0.5)
    first.elapsed()
    second = make(clock, minutes=1.0)
    second.load(first.state())
    clock.now += 1000.0
    second.start()
    assert second.elapsed() == pytest.approx(15.0)
    assert second.plan == first.plan
    assert second.times == first.times
    assert not second.is_changed


def test_another_budget_is_noticed_and_planned_anew():
    clock = Clock()
    first = make(clock, minutes=1.0)
    take_steps(first, clock, range(30), 0.5)
    longer = make(clock, minutes=2.0)
    longer.load(first.state())
    assert longer.is_changed
    longer.rebudget(30)
    assert longer.plan.steps == pytest.approx(240, rel=0.1)
    epochs = make(clock, epochs=7.0)
    epochs.load(first.state())
    assert epochs.is_changed
    epochs.rebudget(30)
    assert epochs.plan.steps == 70


def test_a_longer_budget_before_any_step_is_planned_when_one_was_timed():
    first, longer = make(minutes=1.0), make(minutes=2.0)
    longer.load(first.state())
    longer.rebudget(0)
    assert longer.plan.steps == UNKNOWN_STEPS


def test_the_time_left_counts_the_exact_part_from_early_on():
    clock = Clock()
    budget = make(clock, epochs=20, exact_fraction=0.2, validations=1)
    assert budget.plan.steps == 200
    clock.now += 0.3
    for _ in range(3):
        budget.count_step(0.1)
    assert budget.is_exact_due(3)
    budget.times.exact_extra = 0.4
    assert not budget.is_exact_due(3)
    budget.elapsed()
    assert budget.expected(3) == pytest.approx(160 * 0.1 + 40 * 0.5)


def test_the_exact_part_is_believed_as_it_is_measured():
    clock = Clock()
    budget = make(clock, epochs=20, exact_fraction=0.2, validations=1)
    budget.times.exact_extra = 0.4
    for step in range(170):
        seconds = 0.1 if step < 160 else 0.7
        clock.now += seconds
        budget.count_step(seconds, is_exact=step >= 160)
    budget.elapsed()
    assert budget.expected(170) == pytest.approx(160 * 0.1 + 40 * 0.7)


def test_an_exact_part_of_few_steps_or_of_a_run_in_minutes_is_not_measured_ahead():
    assert not make(epochs=2, exact_fraction=0.5).is_exact_due(3)
    assert not make(epochs=20).is_exact_due(3)
    assert not make(epochs=20, exact_fraction=0.5).is_exact_due(4)
    assert not make(minutes=1.0, exact_fraction=0.5).is_exact_due(3)
