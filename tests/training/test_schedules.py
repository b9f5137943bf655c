"""Rates rise, then fall, for every shape there is."""

import pytest

from lmkit.training.config import TrainingConfig
from lmkit.training.schedules import (
    SCHEDULES,
    constant,
    cosine,
    dropout_scale,
    epochs_scale,
    linear,
    one_minus_sqrt,
    schedule_factor,
    trapezoid,
)

POINTS = [number / 1000 for number in range(1001)]


@pytest.mark.parametrize("schedule", SCHEDULES.names())
def test_the_rate_rises_and_then_never_rises_again(schedule):
    config = TrainingConfig(schedule=schedule, warm_up=0.1)
    factors = [schedule_factor(point, config) for point in POINTS]
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[:101] == sorted(factors[:101])
    assert factors[100:] == sorted(factors[100:], reverse=True)
    assert factors[100] == pytest.approx(1.0)
    assert factors[-1] == pytest.approx(1.0 if schedule == "constant" else 0.0, abs=1e-9)


def test_something_can_be_left_at_the_end():
    config = TrainingConfig(final_rate=0.1)
    assert schedule_factor(1.0, config) == pytest.approx(0.1)


def test_dropout_falls_to_nothing_in_the_last_part():
    config = TrainingConfig(dropout_anneal=0.25)
    assert [dropout_scale(p, config) for p in (0.0, 0.75, 0.875, 1.0)] == [1, 1, 0.5, 0]
    assert dropout_scale(1.0, TrainingConfig(dropout_anneal=0.0)) == 1.0


def test_regularisation_rises_with_the_epochs():
    config = TrainingConfig(dropout_epochs=5.0)
    found = [epochs_scale(config, epochs=epochs) for epochs in (0.2, 1.0, 2.0, 5.0, 50.0)]
    assert found == pytest.approx([0.0, 0.0, 0.25, 1.0, 1.0])
    assert epochs_scale(TrainingConfig(), epochs=0.2) == 1.0


def test_a_run_of_few_epochs_drops_less():
    config = TrainingConfig(dropout_epochs=6.0, dropout_anneal=0.0)
    found = [dropout_scale(0.5, config, epochs=epochs) for epochs in (0.5, 1.0, 3.0, 6.0, 40.0)]
    assert found == pytest.approx([0.0, 0.0, 0.4, 1.0, 1.0])
    assert dropout_scale(0.5, TrainingConfig(dropout_anneal=0.0), epochs=0.1) == 1.0
    both = TrainingConfig(dropout_epochs=6.0, dropout_anneal=0.25)
    assert dropout_scale(0.875, both, epochs=3.0) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (cosine, [1.0, 0.853553, 0.5, 0.0]),
        (linear, [1.0, 0.75, 0.5, 0.0]),
        (trapezoid, [1.0, 1.0, 1.0, 0.0]),
        (one_minus_sqrt, [1.0, 1.0, 1.0, 0.0]),
        (constant, [1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_a_shape_has_its_values(shape, expected):
    assert [shape(point) for point in (0.0, 0.25, 0.5, 1.0)] == pytest.approx(expected, abs=1e-6)


def test_the_first_step_has_a_rate_and_a_run_can_do_without_warming_up():
    assert schedule_factor(0.0, TrainingConfig(warm_up=0.5)) == 0.01
    assert schedule_factor(0.25, TrainingConfig(warm_up=0.5)) == 0.5
    assert schedule_factor(0.0, TrainingConfig(warm_up=0.0)) == 1.0
    assert schedule_factor(1.0, TrainingConfig(warm_up=1.0)) == pytest.approx(0.0)


def test_a_run_without_annealing_drops_to_the_end():
    assert dropout_scale(1.0, TrainingConfig(dropout_anneal=0.0)) == 1.0
    assert dropout_scale(1.0, TrainingConfig(dropout_anneal=1.0)) == 0.0
    assert dropout_scale(0.5, TrainingConfig(dropout_anneal=1.0)) == 0.5
