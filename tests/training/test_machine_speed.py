import itertools

import pytest

from lmkit.training.machine_speed import USUAL_RATE, relative_speed


def test_a_machine_is_as_fast_as_its_operations_in_a_second():
    ticks = itertools.count()
    operations = 2 * 700 * 512 * 2048
    assert relative_speed(lambda: next(ticks)) == pytest.approx(operations / USUAL_RATE)


def test_one_slow_product_changes_nothing():
    waits = itertools.chain([0, 50], itertools.count(51))
    assert relative_speed(lambda: next(waits)) == pytest.approx(2 * 700 * 512 * 2048 / USUAL_RATE)


def test_this_machine_has_a_speed():
    assert relative_speed() > 0
