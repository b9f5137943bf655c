"""Recoveries: half the rate each, reheated, and not without end."""

import json

import pytest

from lmkit.core.errors import LmkitError
from lmkit.training.recovery import MAX_RECOVERIES, REHEAT_STEPS, Recovery


def test_before_any_recovery_the_rate_is_the_planned_one():
    assert Recovery().rate_factor(0) == Recovery().rate_factor(10**6) == 1.0


def test_the_rate_rises_from_almost_nothing_to_half():
    recovery = Recovery()
    recovery.add(100, "why")
    factors = [recovery.rate_factor(100 + step) for step in range(2 * REHEAT_STEPS)]
    assert factors[0] == pytest.approx(0.5 / REHEAT_STEPS)
    assert factors == sorted(factors)
    assert factors[REHEAT_STEPS - 1] == factors[-1] == 0.5


def test_too_many_recoveries_end_the_run_in_one_sentence():
    recovery = Recovery()
    for step in range(MAX_RECOVERIES):
        recovery.add(step, "why")
    assert recovery.factor == 0.5**MAX_RECOVERIES
    with pytest.raises(LmkitError, match=r"diverged 6 times \(why\).*smaller learning_rate"):
        recovery.add(9, "why")


def test_its_state_is_json_and_taken_over():
    first, second = Recovery(), Recovery()
    first.add(7, "why")
    second.load(json.loads(json.dumps(first.state())))
    assert second == first
