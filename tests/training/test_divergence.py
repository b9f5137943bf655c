"""Signs of divergence: not finite, or far above the median for long."""

import json

import pytest

from lmkit.training.divergence import ENOUGH, FAR, PATIENCE, DivergenceWatch


def watch_of(*losses: float) -> DivergenceWatch:
    watch = DivergenceWatch()
    for loss in losses:
        assert watch.reason(loss, 1.0) is None
    return watch


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_named_at_once(value):
    assert watch_of().reason(value, 1.0) == "the loss is not a finite number"
    assert watch_of().reason(1.0, value) == "the gradient is not finite"


def test_a_loss_far_above_the_usual_is_borne_for_some_steps():
    watch = watch_of(*[2.0] * ENOUGH)
    reasons = [watch.reason(2.0 + FAR + 0.1, 1.0) for _ in range(PATIENCE)]
    assert reasons[:-1] == [None] * (PATIENCE - 1)
    assert "far above the usual" in reasons[-1]


def test_one_good_step_ends_a_bad_row():
    watch = watch_of(*[2.0] * ENOUGH)
    for _ in range(3):
        assert all(watch.reason(9.0, 1.0) is None for _ in range(PATIENCE - 1))
        assert watch.reason(2.0, 1.0) is None


def test_a_loss_may_rise_slowly():
    watch_of(*[2.0 + 0.01 * step for step in range(500)])


def test_before_enough_losses_are_known_nothing_is_unusual():
    watch_of(*[1.0] * (ENOUGH - 1), *[50.0] * 2)


def test_after_a_restart_nothing_is_known():
    watch = watch_of(*[2.0] * ENOUGH)
    watch.restart()
    assert all(watch.reason(9.0, 1.0) is None for _ in range(PATIENCE))


def test_its_state_is_json_and_taken_over():
    first = watch_of(*[2.0] * ENOUGH, *[9.0] * (PATIENCE - 1))
    second = DivergenceWatch()
    second.load(json.loads(json.dumps(first.state())))
    assert "far above" in second.reason(9.0, 1.0)
