"""Events about how far a run is, from a meter, a state and a budget with a clock of its own."""

import math

import pytest

from lmkit.training.budget import TimeBudget
from lmkit.training.config import TrainingConfig
from lmkit.training.reports import plan_report, progress_report
from lmkit.training.state import StepMeter, TrainerState
from lmkit.training.step_report import StepReport

STATE = TrainerState(step=5, tokens=60)
METER = StepMeter(
    nats=24.0,
    count=12,
    seconds=2.0,
    last=StepReport(nats=2.0, count=1, gradient_norm=0.5, learning_rate=0.01),
)


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def started(clock: Clock, **config) -> TimeBudget:
    budget = TimeBudget(
        TrainingConfig(**config),
        steps_per_epoch=10,
        validation_tokens=100,
        final_readings=0.0,
        clock=clock,
    )
    budget.start()
    return budget


def progress(budget: TimeBudget, *, tokens_per_word: float = 1.0):
    return progress_report(
        METER, STATE, budget=budget, steps_per_epoch=10, tokens_per_word=tokens_per_word
    )


def test_a_plan_names_the_steps_and_the_seconds_they_are_expected_to_take():
    budget = started(Clock(), epochs=2)
    budget.count_step(0.5)
    report = plan_report(STATE, budget, 10)
    assert (report.step, report.steps, report.epochs) == (5, 20, 2.0)
    assert report.seconds == budget.expected(5)


def test_progress_is_measured_in_words_where_a_word_is_several_tokens():
    one, two = (progress(started(Clock(), epochs=2), tokens_per_word=each) for each in (1.0, 2.0))
    assert (one.words_per_second, two.words_per_second) == (6.0, 3.0)
    assert one.perplexity == pytest.approx(math.exp(24 / 12))
    assert two.perplexity == pytest.approx(math.exp(24 / 6))
    assert one.nats == two.nats == 2.0  # per token, whatever a word is


def test_progress_tells_the_place_in_the_run_and_the_last_step():
    report = progress(started(Clock(), epochs=2))
    assert (report.step, report.steps, report.epoch, report.tokens) == (5, 20, 0.5, 60)
    assert (report.learning_rate, report.gradient_norm) == (0.01, 0.5)


def test_the_seconds_left_are_never_negative():
    clock = Clock()
    budget = started(clock, minutes=1)
    clock.now += 20.0
    early = progress(budget)
    clock.now += 100.0
    late = progress(budget)
    assert (early.seconds, early.seconds_left) == (20.0, 40.0)
    assert (late.seconds, late.seconds_left) == (120.0, 0.0)
