import itertools

import pytest

from lmkit.training import machine_speed
from lmkit.training.machine_speed import USUAL_RATE, relative_speed


def test_a_machine_is_as_fast_as_its_operations_in_a_second():
    ticks = itertools.count()
    operations = 2 * 700 * 512 * 2048
    assert relative_speed(clock=lambda: next(ticks)) == pytest.approx(operations / USUAL_RATE)


def test_one_slow_product_changes_nothing():
    waits = itertools.chain([0, 50], itertools.count(51))
    assert relative_speed("float32", clock=lambda: next(waits)) == pytest.approx(
        2 * 700 * 512 * 2048 / USUAL_RATE
    )


@pytest.mark.parametrize(
    ("precision", "has_it", "speed"),
    [("auto", True, 1.5), ("bfloat16", True, 1.5), ("float32", True, 1.0), ("auto", False, 1.0)],
)
def test_half_of_what_bfloat16_gains_counts_where_training_uses_it(
    monkeypatch, precision, has_it, speed
):
    monkeypatch.setattr(machine_speed, "has_fast_bfloat16", lambda: has_it)
    times = itertools.chain(range(18), itertools.count(18, 0.5))  # nine products, each read twice
    found = relative_speed(precision, clock=lambda: next(times))
    assert found == pytest.approx(speed * 2 * 700 * 512 * 2048 / USUAL_RATE)


def test_this_machine_has_a_speed():
    assert relative_speed() > 0
