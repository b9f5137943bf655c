"""Dates in several columns: year and month, date and time of day."""

import pytest

from lmkit.forecasting.parts import is_part_name, join_clock, join_parts, plain_name
from lmkit.forecasting.rows import Row
from lmkit.forecasting.table import Table


def table(header: str, *rows: str) -> Table:
    """Make a table of words: cells are parted by bars."""
    made = tuple(
        Row(line, tuple(cell.strip() for cell in row.split("|")))
        for line, row in enumerate(rows, start=2)
    )
    return Table("t.csv", tuple(name.strip() for name in header.split("|")), made, "|")


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Year", "year"),
        (" Fiscal Year ", "fiscalyear"),
        ("row_number", "rownumber"),
        ("Unnamed: 0", "unnamed0"),
        ("#", "#"),
        ("", ""),
        ("Wärme (kWh)", "wärmekwh"),
    ],
)
def test_names_are_compared_without_case_and_punctuation(name, plain):
    assert plain_name(name) == plain


def test_parts_of_a_date_are_known_by_name():
    names = ("Month", "day", "WEEK", "hour", "weekday", "Day of week", "Quarter", "Monat")
    assert all(map(is_part_name, names))
    assert not any(map(is_part_name, ("", "date", "sales", "monthly sales", "x", "value")))


@pytest.mark.parametrize(
    ("header", "row", "joined"),
    [
        ("year|month|x", "1949|1|112", "1949-01"),
        ("year|month|x", "1949|12|112", "1949-12"),
        ("Year|Month|x", "1949|January|112", "1949 January"),
        ("YEAR|MON|x", "1949|Jan|112", "1949 Jan"),
        ("year|month|x", "1949.0|1.0|112", "1949-01"),
        ("month|year|x", "1|1949|112", "1949-01"),
        ("year|month|day|x", "1949|1|5|112", "1949-01-05"),
        ("year|month|day|x", "1949|Jan|5|112", "1949 Jan 5"),
        ("day|month|year|x", "5|1|1949|112", "1949-01-05"),
        ("year|month|day|hour|x", "1949|1|5|7|112", "1949-01-05 07:00"),
        ("year|month|hour|x", "1949|1|7|112", "1949-01"),
        ("year|quarter|x", "1949|3|112", "1949-Q3"),
        ("year|qtr|x", "1949|Q3|112", "1949-Q3"),
        ("year|week|x", "1949|5|112", "1949-W05"),
        ("year|week|x", "1949|W05|112", "1949-W05"),
        ("Jahr|Monat|x", "1949|1|112", "1949-01"),
        ("year|month|x", "1949|soon|112", "1949 soon"),
        ("year|month|day|x", "1949|1|soon|112", "1949-01-soon"),
    ],
)
def test_parts_are_written_as_one_date(header, row, joined):
    found = join_parts(table(header, row, row))
    assert found is not None
    assert found.cells == (joined, joined)
    assert len(header.split("|")) - 1 >= len(found.places)
    assert "x" not in [header.split("|")[place] for place in found.places]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("year|x", "1949|112"),
        ("month|x", "1|112"),
        ("year|day|x", "1949|1|112"),
        ("a|b|x", "1949|1|112"),
        ("year|month|x", "49|1|112"),
        ("year|year|month|x", "1949|1949|1|112"),
        ("total year|month|x", "1949|1|112"),
    ],
)
def test_columns_that_are_no_date_together_are_left_alone(header, row):
    assert join_parts(table(header, row, row)) is None


def test_a_year_that_is_none_is_kept_as_it_is():
    found = join_parts(table("year|month|x", "1949|1|5", "1949|2|5", "total|3|9"))
    assert found.cells == ("1949-01", "1949-02", "total-03")


@pytest.mark.parametrize(
    "clock", ["14:00", "9:05", "14:00:30", "14:00:30.5", "2:00 PM", "2:00 p.m."]
)
def test_a_time_of_day_beside_a_date_is_joined_to_it(clock):
    found = join_clock(table("date|time|x", f"2010-01-01|{clock}|5"), 0)
    assert found.places == (0, 1)
    assert found.cells == (f"2010-01-01 {clock}",)


@pytest.mark.parametrize("cell", ["14", "14:0", "soon", "", "14:00 Uhr"])
def test_another_column_is_no_time_of_day(cell):
    assert join_clock(table("date|time|x", "2010-01-01|14:00|5", f"2010-01-01|{cell}|5"), 0) is None
