"""Columns: dates, an index, and the numbers of the series."""

import re
from datetime import datetime, timedelta

import pytest

from lmkit.core.errors import DataError, UsageError
from lmkit.forecasting.columns import Columns, column_name, find_columns
from lmkit.forecasting.rows import Row
from lmkit.forecasting.table import Table

MONTHS = [f"2010-{month:02d}" for month in range(1, 7)]
WAVE = ["3", "1", "4", "1", "5", "9"]


def table(*, has_header: bool = True, **columns: list[str]) -> Table:
    """Make a table of columns; `_` stands for a name that is empty."""
    names = tuple("" if name == "_" else name for name in columns)
    rows = zip(*columns.values(), strict=True)
    made = tuple(Row(line, tuple(cells)) for line, cells in enumerate(rows, start=2))
    return Table("t.csv", names, made, ",", has_header)


def counted(start: int = 1, step: int = 1, count: int = 6) -> list[str]:
    return [str(start + step * number) for number in range(count)]


def names(of: Table, found: Columns) -> list[str]:
    return [column_name(of, place) for place in found.values]


def test_dates_are_apart_from_the_numbers():
    made = table(date=MONTHS, a=WAVE, b=WAVE)
    found = find_columns(made)
    assert names(made, found) == ["a", "b"]
    assert found.dates.cells == tuple(MONTHS)
    assert (found.index, found.notices) == (None, ())


def test_dates_may_stand_in_any_column():
    made = table(a=WAVE, b=WAVE, moment=MONTHS)
    assert names(made, find_columns(made)) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("id", counted()),
        ("ID", ["17", "4", "99", "2", "8", "31"]),
        ("id", ["a", "b", "c", "d", "e", "f"]),
        ("_", counted(0)),
        ("_", ["5", "2", "9", "4", "7", "1"]),
        ("_", ["a", "b", "c", "d", "e", "f"]),
        ("Unnamed: 0", counted(0)),
        ("Unnamed: 0.1", counted(0)),
        ("customer_id", ["17"] * 6),
        ("StoreID", ["1", "1", "1", "2", "2", "2"]),
        ("rownames", counted()),
        ("row_number", counted()),
        ("index", counted()),
        ("Nr.", counted()),
        ("#", counted()),
        ("n", counted(10, 10)),
        ("obs", ["3", "1", "2", "5", "4", "6"]),
    ],
)
@pytest.mark.parametrize("dated", [False, True])
def test_a_column_named_as_an_index_is_left_out_and_said(name, cells, dated):
    columns = {name: cells, **({"date": MONTHS} if dated else {}), "x": WAVE}
    made = table(**columns)
    found = find_columns(made)
    assert names(made, found) == ["x"]
    assert re.search("n(umber|ame)s the rows and is left out; --column", found.notices[0])


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("index", ["100", "101.5", "99", "98", "103", "104"]),
        ("n", ["12", "15", "12", "9", "30", "2"]),
        ("number", WAVE),
        ("sales", WAVE),
    ],
)
def test_a_measured_column_is_kept_whatever_its_name(name, cells):
    made = table(**{"date": MONTHS, name: cells, "x": WAVE})
    assert names(made, find_columns(made)) == [name, "x"]


@pytest.mark.parametrize(
    "cells",
    [
        counted(0),
        counted(1),
        counted(6, -1),
        counted(5, 5),
        [f"{number / 10:.1f}" for number in range(6)],
        [f"{number}.0" for number in range(6)],
        ["1000", "1010", "1020", "1030", "1040", "1050"],
    ],
)
def test_a_first_column_at_one_distance_is_an_index(cells):
    made = table(x=cells, y=WAVE)
    assert names(made, find_columns(made)) == ["y"]


@pytest.mark.parametrize(
    "columns",
    [
        {"x": ["1", "2", "3", "4", "6", "7"], "y": WAVE},
        {"x": WAVE, "y": counted()},
        {"x": counted(count=4), "y": WAVE[:4]},
        {"x": counted()},
    ],
)
def test_other_first_columns_are_numbers(columns):
    made = table(**columns)
    assert names(made, find_columns(made)) == list(columns)


@pytest.mark.parametrize("name", ["store", "Dept", "x"])
def test_a_column_that_never_changes_is_left_out_and_said(name):
    made = table(**{name: ["7"] * 6, "date": MONTHS, "sales": WAVE})
    found = find_columns(made)
    assert names(made, found) == ["sales"]
    assert f"column {name!r} holds '7' alone and is left out" in found.notices[0]
    made = table(a=["7"] * 6, b=["7"] * 6)
    assert names(made, find_columns(made)) == ["b"]
    made = table(a=["7"] * 4, b=WAVE[:4])
    assert names(made, find_columns(made)) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("t", counted()),
        ("t", ["1", "2", "4", "5", "6", "7"]),
        ("day", ["6", "5", "4", "3", "2", "1"]),
        ("day", ["3", "1", "2", "6", "5", "4"]),
        ("Week", counted(30)),
        ("time", ["0.0", "0.1", "0.2", "0.3", "0.4", "0.6"]),
        ("step", ["0", "100", "200", "300", "500", "600"]),
    ],
)
def test_counted_times_are_dates(name, cells):
    made = table(**{name: cells, "x": WAVE})
    found = find_columns(made)
    assert names(made, found) == ["x"]
    assert found.dates.cells == tuple(cells)


@pytest.mark.parametrize(
    ("name", "cells"),
    [("t", ["1", "2", "2", "3", "4", "5"]), ("t", ["-1", "0", "x", "2", "3", "7"]), ("a", WAVE)],
)
def test_other_counts_are_no_dates(name, cells):
    assert find_columns(table(**{name: cells, "x": WAVE})).dates is None


def test_the_last_column_is_never_left_out():
    made = table(id=counted(), nr=counted())
    assert names(made, find_columns(made)) == ["nr"]
    made = table(x=counted(), y=counted(-1, -1))
    assert names(made, find_columns(made)) == ["y"]


def test_beside_dates_a_first_column_must_count_from_0_or_1():
    made = table(x=counted(5, 5), date=MONTHS, y=WAVE)
    assert names(made, find_columns(made)) == ["x", "y"]
    made = table(x=counted(1), date=MONTHS, y=WAVE)
    assert names(made, find_columns(made)) == ["y"]


@pytest.mark.parametrize("name", ["month", "weekday", "Hour", "day_of_week"])
def test_parts_of_the_date_are_no_series(name):
    made = table(**{"date": MONTHS, name: WAVE, "x": WAVE})
    found = find_columns(made)
    assert names(made, found) == ["x"]
    assert "is a part of the date" in found.notices[0]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("year", ["1949", "1951", "1952", "1960", "1961", "1970"]),
        ("Year", ["1970", "1949", "1960", "1951", "1952", "1961"]),
        ("year", ["1949", "1949", "1950", "1951", "1952", "1953"]),
        ("Fiscal Year", counted(1949)),
        ("x", counted(1949)),
        ("date", ["20100101", "20100102", "20100103", "20100105", "20100109", "20100201"]),
        ("when", ["201001", "201002", "201003", "201004", "201005", "201006"]),
        ("timestamp", counted(1_704_067_200, 3600)),
        (
            "ts",
            ["1704067200", "1704067209", "1704068200", "1704069200", "1704077200", "1704087200"],
        ),
        ("time", counted(1_704_067_200_000, 60_000)),
        ("x", counted(1_704_067_200, 86_400)),
        ("date", ["40179", "40210", "40238", "40269", "40299", "40330"]),
        ("time", ["1949", "1949.083333", "1949.166667", "1949.25", "1949.333333", "1949.416667"]),
        ("time", ["1949.0", "1950.0", "1951.0", "1952.0", "1953.0", "1954.0"]),
        ("month", ["2010.01", "2010.02", "2010.03", "2010.04", "2010.05", "2010.06"]),
    ],
)
def test_dates_that_look_like_numbers_are_dates(name, cells):
    made = table(**{name: cells, "y": WAVE})
    found = find_columns(made)
    assert names(made, found) == ["y"]
    assert found.dates.cells == tuple(cells)
    assert found.dates.unreadable == ()


def test_years_without_a_name_are_dates_even_with_gaps():
    cells = ["1949", "1951", "1952", "1960", "1961", "1970"]
    for made in (table(_=cells, y=WAVE), table(a=cells, y=WAVE, has_header=False)):
        assert find_columns(made).dates is not None


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("a", ["1949", "1951", "1952", "1960", "1961", "1970"]),
        ("a", ["1951", "1949", "1960", "1952", "1970", "1961"]),
        ("population", ["1949", "1949", "1950", "1950", "1951", "1951"]),
        ("response_time", ["1500", "1720", "1500", "1610", "1999", "1501"]),
        ("time", ["0", "700", "300", "2100", "1800", "2900"]),
        ("a", ["112", "118", "132", "129", "121", "135"]),
    ],
)
def test_numbers_that_only_resemble_dates_are_numbers(name, cells):
    made = table(**{name: cells, "y": WAVE})
    assert names(made, find_columns(made)) == [name, "y"]


def test_a_year_and_a_month_make_a_date():
    made = table(year=["1949"] * 6, month=counted(), x=WAVE)
    found = find_columns(made)
    assert names(made, found) == ["x"]
    assert found.dates.cells[:2] == ("1949-01", "1949-02")
    made = table(year=["1949"] * 6, month=["Jan", "Feb", "Mar", "Apr", "May", "Jun"], x=WAVE)
    assert find_columns(made).dates.times[5] == datetime(1949, 6, 1)


def test_a_date_and_a_time_of_day_make_a_date():
    clock = [f"{hour}:00" for hour in range(10, 16)]
    made = table(date=["2010-01-01"] * 6, time=clock, x=WAVE)
    found = find_columns(made)
    assert names(made, found) == ["x"]
    assert found.dates.times[1] - found.dates.times[0] == timedelta(hours=1)
    made = table(date=["20100101"] * 6, time=clock, x=WAVE)
    assert find_columns(made).dates.times[0] == datetime(2010, 1, 1, 10)


def test_months_without_a_year_are_dates_where_there_are_no_others():
    made = table(month=["Jan", "Feb", "Mar", "Apr", "May", "Jun"], x=WAVE)
    found = find_columns(made)
    assert found.dates.times[1].month == 2
    made = table(month=["Jan", "Feb", "Mar", "Apr", "May", "Jun"], when=MONTHS, x=WAVE)
    assert find_columns(made).dates.cells == tuple(MONTHS)


def test_columns_are_wanted_by_name():
    made = table(date=MONTHS, id=counted(), a=WAVE, b=WAVE)
    found = find_columns(made, ["b", "a"])
    assert names(made, found) == ["b", "a"]
    assert found.notices == ()
    assert found.dates is not None
    assert names(made, find_columns(made, ["id"])) == ["id"]


def test_a_column_that_looks_like_dates_can_be_wanted():
    made = table(year=counted(1949), x=WAVE)
    found = find_columns(made, ["year"])
    assert names(made, found) == ["year"]
    assert found.dates is None


def test_an_index_orders_the_columns_that_are_wanted():
    made = table(id=["3", "1", "2", "6", "5", "4"], a=WAVE, b=WAVE)
    assert find_columns(made, ["b"]).index == 0
    assert find_columns(made, ["id"]).index is None


def test_a_column_without_a_name_is_wanted_by_its_number():
    made = table(_=WAVE, y=WAVE)
    assert find_columns(made, ["column 1"]).values == (0,)


def test_what_is_not_there_cannot_be_wanted():
    with pytest.raises(UsageError, match="no column 'c'; it has date, a"):
        find_columns(table(date=MONTHS, a=WAVE), ["c"])
    with pytest.raises(UsageError, match=r"'date' of t\.csv holds dates"):
        find_columns(table(date=MONTHS, a=WAVE), ["date"])


def test_two_columns_of_one_name_are_refused():
    made = Table("t.csv", ("x", "x"), (Row(2, ("1", "2")),), ",")
    with pytest.raises(DataError, match="two columns named 'x'"):
        find_columns(made)
    assert find_columns(Table("t.csv", ("", ""), (Row(2, ("1", "2")),), ",")).values


def test_dates_alone_are_no_series():
    made = Table("t.csv", ("year", "month"), (Row(2, ("2010", "1")), Row(3, ("2010", "2"))), ",")
    with pytest.raises(DataError, match=r"t\.csv has dates but no column of numbers"):
        find_columns(made)


def test_the_order_of_day_and_month_can_be_given():
    made = table(date=[f"0{day}/02/2010" for day in range(1, 7)], x=WAVE)
    with pytest.raises(DataError, match=r"t\.csv: dates such as .* --date-order"):
        find_columns(made)
    assert find_columns(made, date_order="dmy").dates.times[1] == datetime(2010, 2, 2)
    assert find_columns(made, date_order="mdy").dates.times[1] == datetime(2010, 2, 2)
    assert find_columns(made, date_order="mdy").dates.times[2] == datetime(2010, 3, 2)


def test_a_name_that_jumps_names_the_rows_and_does_not_order_them():
    made = table(customer_id=["907", "12", "55", "400", "31", "7"], x=WAVE)
    found = find_columns(made)
    assert (names(made, found), found.index) == (["x"], None)
    assert "column 'customer_id' names the rows and is left out" in found.notices[0]


@pytest.mark.parametrize("label", ["Week {}", "day {}", "W{}", "Month_{}", "D-{}"])
def test_a_word_and_a_number_number_the_rows(label):
    cells = [label.format(number) for number in range(12, 6, -1)]
    made = table(week=cells, x=WAVE)
    found = find_columns(made)
    assert (names(made, found), found.index) == (["x"], 0)
    assert "column 'week' numbers the rows and is left out" in found.notices[0]


@pytest.mark.parametrize("cells", ["Wk3 of {}", "{}ème", "{}/xx/1", "Q{}!"])
def test_labels_that_may_be_dates_are_refused_not_left_out(cells):
    made = table(month=[cells.format(number) for number in range(6)], x=WAVE)
    with pytest.raises(DataError, match=r"'month' contains dates that lmkit cannot read \('.*'\)"):
        find_columns(made)
    found = find_columns(made, ["x"])
    assert "the rows keep their order" in found.notices[0]


def test_names_of_days_that_come_again_are_left_out_and_not_refused():
    days = ["Mon", "Tue", "Wed", "Mon", "Tue", "Wed"]
    assert "is a part of the date" in find_columns(table(day=days, x=WAVE)).notices[0]
    assert find_columns(table(day=days, x=WAVE), ["x"]).notices == ()


def test_a_second_column_of_dates_is_left_out_and_said():
    made = table(created=MONTHS, changed=["2011-05-01"] * 3 + MONTHS[:3], x=WAVE)
    found = find_columns(made)
    assert names(made, found) == ["x"]
    assert "column 'changed' holds more dates and is left out" in found.notices[0]


def test_a_label_orders_the_columns_that_are_wanted():
    made = table(week=[f"Week {number}" for number in range(9, 3, -1)], x=WAVE)
    assert (find_columns(made, ["x"]).index, find_columns(made, ["x"]).notices) == (0, ())
    made = table(season=[f"{number}/{number + 1}" for number in range(2010, 2016)], x=WAVE)
    assert "'season' contains dates that lmkit cannot read" in find_columns(made, ["x"]).notices[0]
