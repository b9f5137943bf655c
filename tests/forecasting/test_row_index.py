"""Index of a table: what numbers its rows, and what only names them."""

import pytest

from lmkit.forecasting.row_index import (
    is_counted,
    is_even,
    is_named_index,
    orders_rows,
    row_numbers,
)
from lmkit.forecasting.rows import Row
from lmkit.forecasting.table import Table


def table(cells, name="n"):
    rows = tuple(Row(line, (cell, "5")) for line, cell in enumerate(cells, start=2))
    return Table("t.csv", (name, "x"), rows, ",")


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1", "2", "3"], [1, 2, 3]),
        (["3.0", "-2", "+7."], [3, -2, 7]),
        (["Week 1", "Week 2"], [1, 2]),
        (["T10", "T9"], [10, 9]),
        (["Woche_1", "Woche_2"], [1, 2]),
        (["Week 1", "Day 2"], None),
        (["1", "1"], None),
        (["1.5", "2.5"], None),
        (["1", ""], None),
        (["a", "b"], None),
        (["Q1/80", "Q2/80"], None),
    ],
)
def test_rows_are_numbered_by_whole_numbers_with_one_word_before_them(cells, numbers):
    assert row_numbers(table(cells), 0) == numbers


@pytest.mark.parametrize(
    ("numbers", "even"),
    [
        ([1, 2, 3], True),
        ([1, 5, 90], True),
        ([9, 5, 1], True),
        ([3, 1, 2], True),
        ([3, 1, 7], False),
        ([1], True),
    ],
)
def test_numbers_are_even_that_rise_or_fall_or_have_one_step(numbers, even):
    assert is_even(numbers) is even
    assert orders_rows(table(map(str, numbers)), 0) is even


@pytest.mark.parametrize(
    ("name", "cells", "is_index"),
    [
        ("id", ["9", "1", "7"], True),
        ("customer_id", ["a", "a", "b"], True),
        ("", ["a", "b", "c"], True),
        ("nr", ["1", "2", "3"], True),
        ("nr", ["4", "9", "2"], False),
        ("paid", ["1", "2", "3"], False),
    ],
)
def test_a_name_makes_an_index(name, cells, is_index):
    assert is_named_index(table(cells, name), 0) is is_index


def test_a_first_column_is_counted_from_the_fifth_row_on():
    counted = table([str(number) for number in range(10, 60, 10)])
    assert is_counted(counted, 0, has_dates=False)
    assert not is_counted(counted, 0, has_dates=True)
    assert not is_counted(counted, 1, has_dates=False)
    assert is_counted(table("12345"), 0, has_dates=True)
    assert not is_counted(table("1234"), 0, has_dates=False)
