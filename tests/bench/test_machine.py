import itertools

import pytest
import torch

from lmkit.bench import machine
from lmkit.bench.machine import measure_machine, measure_matrix_product, milliseconds

pytestmark = pytest.mark.usefixtures("small_products")


@pytest.fixture
def ticking():
    """A clock that goes on by a second whenever it is read."""
    return itertools.count().__next__


def test_every_call_is_timed_and_the_first_is_made_once_more(ticking):
    made = []
    taken = milliseconds([lambda: made.append(1), lambda: made.append(2)], clock=ticking)
    assert taken == [1000.0, 1000.0]
    assert made == [1, 1, 2]


def test_a_product_that_takes_a_second_has_two_operations_an_element_and_column(ticking):
    rate = measure_matrix_product(runs=3, clock=ticking)
    assert rate == pytest.approx(2 * 8 * 8 * 8 / 1e9)


def test_a_product_is_measured_in_the_number_format_asked_for():
    seen = []

    def product(left, right, *, out):
        seen.append((left.dtype, out.dtype))
        return torch.mm(left, right, out=out)

    assert measure_matrix_product(runs=1, product=product, dtype=torch.bfloat16) > 0
    assert set(seen) == {(torch.bfloat16, torch.bfloat16)}


@pytest.mark.parametrize("has_it", [True, False])
def test_bfloat16_is_measured_where_the_processor_has_it(monkeypatch, has_it):
    monkeypatch.setattr(machine, "has_fast_bfloat16", lambda: has_it)
    assert (measure_machine(1).bfloat16_gflops is not None) == has_it


def test_copying_counts_what_is_read_and_what_is_written(ticking):
    found = measure_machine(1, clock=ticking)
    assert found.copy_gb_per_second == pytest.approx(8000 / 1e9)
    assert found.threads == 1
