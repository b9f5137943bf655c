"""Order: sorted by date, doubles and gaps refused by line, gaps filled where asked."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.forecasting.columns import find_columns
from lmkit.forecasting.order import Ordered, place_in_order
from lmkit.forecasting.rows import Row
from lmkit.forecasting.table import Table

MONTHS = [f"2010-{month:02d}" for month in range(1, 13)]


def order(dates: list[str], values: list[float | str] | None = None, **options) -> Ordered:
    """Place rows of a date and a value in order; an empty value is missing."""
    values = list(range(len(dates))) if values is None else values
    cells = zip(dates, map(str, values), strict=True)
    rows = tuple(Row(line, both) for line, both in enumerate(cells))
    table = Table("t.csv", ("date", "x"), rows, ",")
    numbers = np.array([[np.nan if value == "" else float(value)] for value in values])
    return place_in_order(table, find_columns(table, ["x"]), numbers, **options)


def values(ordered: Ordered) -> list[float]:
    return ordered.values[:, 0].tolist()


def test_rows_in_order_are_left_alone():
    found = order(MONTHS)
    assert values(found) == list(range(12))
    assert (found.dates, found.lines, found.notices) == (tuple(MONTHS), tuple(range(12)), ())


def test_newest_first_is_turned_round_and_said():
    found = order(MONTHS[::-1])
    assert values(found) == list(range(11, -1, -1))
    assert found.dates == tuple(MONTHS)
    assert found.lines == tuple(range(11, -1, -1))
    assert found.notices == ("t.csv: the rows stand newest first; they are sorted by date",)


def test_rows_in_no_order_are_sorted_and_said():
    found = order([*MONTHS[6:], *MONTHS[:6]])
    assert values(found) == [*range(6, 12), *range(6)]
    assert "do not stand in the order of their dates; they are sorted" in found.notices[0]


@given(st.permutations(range(12)))
def test_any_order_of_rows_gives_the_same_series(places):
    found = order([MONTHS[place] for place in places], list(places))
    assert values(found) == list(range(12))
    assert found.dates == tuple(MONTHS)


def test_two_rows_of_one_date_are_refused_with_both_lines():
    with pytest.raises(DataError, match="lines 2 and 5 both have the date '2010-03'"):
        order(["2010-01", "2010-02", "2010-03", "2010-04", "2010-05", "2010-03"])
    with pytest.raises(DataError, match="lines 0 and 1 both have the date"):
        order(["01.02.2010", "1.2.2010", "01.03.2010"])


@pytest.mark.parametrize("gaps", ["refuse", "fill", "keep"])
def test_doubles_are_refused_whatever_is_done_with_gaps(gaps):
    with pytest.raises(DataError, match="both have the date"):
        order(["2010-01", "2010-01"], gaps=gaps)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "March 2010",
            "line 2 holds 'March 2010', which is no date like '2010-01'; correct it, or",
        ),
        ("2010-13", "line 2 holds '2010-13', which is no date"),
        ("Total", "delete titles, totals and notes, or begin their lines with #"),
        ("", "line 2 has no date"),
    ],
)
def test_a_date_that_cannot_be_read_is_refused_by_its_line(cell, said):
    with pytest.raises(DataError, match=said):
        order(["2010-01", "2010-02", cell, "2010-04"])


def test_missing_dates_are_refused_with_the_lines_around_them():
    with pytest.raises(
        DataError, match=r"1 date is missing between 2010-02 \(line 1\) and 2010-04"
    ):
        order(["2010-01", "2010-02", "2010-04", "2010-05"])
    with pytest.raises(DataError, match=r"2 dates are missing between 2010-03 .*, 3 in the whole"):
        order(["2010-01", "2010-02", "2010-03", "2010-06", "2010-07", "2010-09"])
    with pytest.raises(DataError, match=r"--gaps fill .* --gaps keep"):
        order(["2010-01", "2010-02", "2010-04", "2010-05"])


def test_missing_dates_are_filled_on_a_straight_line():
    found = order(["2010-01", "2010-02", "2010-05", "2010-06"], [1, 2, 8, 9], gaps="fill")
    assert values(found) == [1, 2, 4, 6, 8, 9]
    assert found.dates == tuple(MONTHS[:6])
    assert found.lines == (0, 1, 1, 1, 2, 3)
    assert found.notices == (
        "t.csv: 2 dates are missing, the first between 2010-02 (line 1) and 2010-05 (line 2); "
        "filled by linear interpolation",
    )


def test_missing_dates_are_kept_where_it_is_asked():
    found = order(["2010-01", "2010-02", "2010-05", "2010-06"], gaps="keep")
    assert values(found) == [0, 1, 2, 3]
    assert found.dates == ("2010-01", "2010-02", "2010-05", "2010-06")


@pytest.mark.parametrize(
    ("pattern", "step"),
    [
        ("%Y-%m-%d", timedelta(days=1)),
        ("%d.%m.%Y", timedelta(days=7)),
        ("%Y-%m-%d %H:%M", timedelta(hours=1)),
        ("%Y-%m-%dT%H:%M:%S", timedelta(seconds=10)),
        ("%G-W%V", timedelta(days=7)),
        ("%d %b %Y", timedelta(days=1)),
        ("%Y%m%d", timedelta(days=1)),
    ],
)
def test_filled_dates_are_written_like_the_others(pattern, step):
    dates = [format(datetime(2010, 3, 1) + number * step, pattern) for number in range(20)]
    gappy = [date for number, date in enumerate(dates) if number not in (5, 6, 11)]
    assert order(gappy, gaps="fill").dates == tuple(dates)
    with pytest.raises(DataError, match="2 dates are missing"):
        order(gappy)


def test_more_gaps_than_dates_are_not_filled():
    with pytest.raises(DataError, match="9 dates are missing and only 3 exist"):
        order(["2010-01", "2010-02", "2010-12"], gaps="fill")


def test_dates_without_a_common_step_are_refused_but_can_be_kept():
    dates = ["2010-01-01T00:00", "2010-01-01T00:07", "2010-01-01T00:14", "2010-01-01T00:16"]
    for gaps in ("refuse", "fill"):
        with pytest.raises(DataError, match=r"between .*00:14 \(line 2\) .* as far apart .* keep"):
            order(dates, gaps=gaps)
    assert values(order(dates, gaps="keep")) == [0, 1, 2, 3]


def test_holidays_are_said_and_not_refused():
    days = [datetime(2023, 1, 2) + timedelta(days=number) for number in range(60)]
    dates = [f"{day:%Y-%m-%d}" for day in days if day.weekday() < 5]
    found = order([date for date in dates if date != "2023-01-16"])
    assert found.notices == ("t.csv: 1 working day missing, treated as holidays",)
    assert len(found.dates) == len(dates) - 1
    found = order([date for date in dates if date not in ("2023-01-16", "2023-02-20")])
    assert "2 working days missing" in found.notices[0]
    filled = order([date for date in dates if date != "2023-01-16"], gaps="fill")
    assert filled.dates == tuple(dates)


@pytest.mark.parametrize("gaps", ["refuse", "keep"])
def test_a_missing_value_is_refused_by_its_line(gaps):
    with pytest.raises(DataError, match="column 'x' of line 1 has no value; --gaps fill"):
        order(["2010-01", "2010-02", "2010-03"], [1, "", 3], gaps=gaps)


def test_missing_values_are_filled_on_a_straight_line():
    found = order(MONTHS[:6], [1, "", "", 4, "", 6], gaps="fill")
    assert values(found) == [1, 2, 3, 4, 5, 6]
    found = order(["2010-01", "2010-02", "2010-04"], [1, "", 4], gaps="fill")
    assert values(found) == [1, 2, 3, 4]


def test_a_missing_value_at_an_end_is_refused():
    with pytest.raises(DataError, match="line 0 has no value and is at the end"):
        order(MONTHS[:3], ["", 2, 3], gaps="fill")
    with pytest.raises(DataError, match="line 2 has no value"):
        order(MONTHS[:3], [1, 2, ""], gaps="fill")


def test_one_row_is_in_order():
    assert values(order(["2010-01"])) == [0]


def undated(header: tuple[str, ...], rows: list[tuple[str, ...]], **options) -> Ordered:
    made = tuple(Row(line, cells) for line, cells in enumerate(rows, start=2))
    table = Table("t.csv", header, made, ",")
    numbers = np.array([[float(cells[-1] or "nan")] for cells in rows])
    return place_in_order(table, find_columns(table), numbers, **options)


def test_rows_without_dates_are_sorted_by_their_index():
    found = undated(("id", "x"), [("3", "30"), ("1", "10"), ("2", "20")])
    assert values(found) == [10, 20, 30]
    assert found.notices == ("t.csv: the rows are sorted by column 'id'",)
    found = undated(("id", "x"), [("1", "10"), ("2", "20"), ("4", "40")])
    assert (values(found), found.notices, found.dates) == ([10, 20, 40], (), ())
    found = undated(("id", "x"), [("10", "2"), ("9", "1"), ("11", "3")])
    assert values(found) == [1, 2, 3]


def test_an_empty_line_is_a_missing_value_of_a_table_of_one_column():
    with pytest.raises(DataError, match="line 3 is empty; --gaps fill"):
        undated(("x",), [("1",), ("",), ("3",)])
    assert values(undated(("x",), [("1",), ("",), ("3",)], gaps="fill")) == [1, 2, 3]


@given(st.sets(st.integers(3, 28), max_size=14))
def test_filling_is_the_straight_line_of_numpy(missing):
    months = [f"{2010 + number // 12}-{number % 12 + 1:02d}" for number in range(30)]
    kept = [number for number in range(30) if number not in missing]
    numbers = [(number * 7) % 11 for number in kept]
    found = order([months[number] for number in kept], numbers, gaps="fill")
    assert found.dates == tuple(months)
    assert values(found) == pytest.approx(np.interp(range(30), kept, numbers))


def test_one_date_on_another_day_is_told_with_its_line():
    dates = [f"{2010 + number // 12}-{number % 12 + 1:02d}-01" for number in range(24)]
    found = order([*dates[:6], "2010-07-02", *dates[7:]])
    assert found.notices == (
        "t.csv: the dates are on several days of the month (line 6: 2010-07-02, where 23 of 24 "
        "stand on day 1); the dates of the forecast are unknown, so its steps are numbered",
    )
    assert order(dates).notices == ()


def test_rows_are_not_sorted_by_what_names_them():
    found = undated(("user_id", "x"), [("900", "1"), ("12", "2"), ("55", "3"), ("400", "4")])
    assert (values(found), found.notices) == ([1, 2, 3, 4], ())
    found = undated(("user_id", "x"), [("900", "1"), ("400", "2"), ("55", "3"), ("12", "4")])
    assert values(found) == [4, 3, 2, 1]


def test_labelled_rows_newest_first_are_turned_round():
    found = undated(("week", "x"), [(f"Week {number}", str(number)) for number in range(9, 2, -1)])
    assert values(found) == [3, 4, 5, 6, 7, 8, 9]
    assert found.notices == ("t.csv: the rows are sorted by column 'week'",)
