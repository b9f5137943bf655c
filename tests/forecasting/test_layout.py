"""Tables laid out by year, unfolded to one long series."""

import pytest

from lmkit.forecasting.date_forms import MONTHS
from lmkit.forecasting.layout import unfold
from lmkit.forecasting.rows import Row
from lmkit.forecasting.table import Table


def table(header: list[str], rows: list[list[str]], *, has_header: bool = True) -> Table:
    made = tuple(Row(line, tuple(cells)) for line, cells in enumerate(rows, start=2))
    return Table("t.csv", tuple(header), made, ",", has_header)


def names(length: int | None = 3) -> list[str]:
    return [month[:length].capitalize() for month in MONTHS]


BY_COLUMN = table(
    ["Month", "1958", "1959"],
    [[name, str(100 + at), str(200 + at)] for at, name in enumerate(names())],
)
BY_ROW = table(
    ["Year", *names()],
    [[str(1958 + year), *(str(100 * year + at) for at in range(12))] for year in range(2)],
)


def test_a_column_for_each_year_is_read_column_by_column():
    found = unfold(BY_COLUMN)
    assert found.header == ("date", "value")
    assert found.column(0)[:2] == ("1958-01", "1958-02")
    assert found.column(0)[11:13] == ("1958-12", "1959-01")
    assert found.column(1) == tuple(str(100 + at) for at in [*range(12), *range(100, 112)])
    assert [row.line for row in found.rows] == [*range(2, 14)] * 2
    assert "one series of 24 values, 1958-01 to 1959-12" in found.notices[0]


def test_a_row_for_each_year_is_read_row_by_row():
    found = unfold(BY_ROW)
    assert found.column(0) == unfold(BY_COLUMN).column(0)
    assert found.column(1) == tuple(map(str, [*range(12), *range(100, 112)]))
    assert [row.line for row in found.rows] == [2] * 12 + [3] * 12


@pytest.mark.parametrize("periods", [names(), names(None), [str(month) for month in range(1, 13)]])
def test_months_are_names_or_numbers(periods):
    rows = [[period, "1", "2"] for period in periods]
    assert len(unfold(table(["Month", "1958", "1959"], rows)).rows) == 24
    assert len(unfold(table(["Year", *periods], [["1958", *"123456789ABC"]])).rows) == 12


def test_quarters_are_unfolded_too():
    found = unfold(table(["", "2010", "2011"], [[f"Q{at}", "1", "2"] for at in (1, 2, 3, 4)]))
    assert found.column(0)[:5] == ("2010-Q1", "2010-Q2", "2010-Q3", "2010-Q4", "2011-Q1")
    found = unfold(table(["year", "q1", "q2", "q3", "q4"], [["2010", *"1234"]]))
    assert found.column(0) == ("2010-Q1", "2010-Q2", "2010-Q3", "2010-Q4")


def test_months_before_the_first_value_and_after_the_last_are_left_out():
    rows = [["1958", "", "NA", *"3456789ABC"], ["1959", *"12", *[""] * 10]]
    found = unfold(table(["Year", *names()], rows))
    assert (found.column(0)[0], found.column(0)[-1]) == ("1958-03", "1959-02")
    inner = [["1958", *"12", "", *"456789ABC"]]
    assert unfold(table(["Year", *names()], inner)).column(1)[2] == ""


def test_columns_behind_the_months_are_no_months():
    found = unfold(table(["Year", *names(), "Annual"], [["1958", *"123456789ABC", "45"]]))
    assert found.column(1) == tuple("123456789ABC")


def test_a_table_without_values_is_unfolded_whole():
    found = unfold(table(["Year", *names()], [["1958", *[""] * 12]]))
    assert len(found.rows) == 12


@pytest.mark.parametrize(
    "other",
    [
        table(["date", "a", "b"], [["2010-01", "1", "2"]]),
        table(["Month", "1958", "1958"], [[name, "1", "2"] for name in names()]),
        table(["Month", "a", "1959"], [[name, "1", "2"] for name in names()]),
        table(["Month", "1958", "1959"], [[name, "1", "2"] for name in names()[:11]]),
        table(["Month", "1958", "1959"], [[name, "1", "2"] for name in reversed(names())]),
        table(["Month", "1958", "1959"], [[name, "1", "2"] for name in [*names(), "Total"]]),
        table(["Year", *names()[:11]], [["1958", *"123456789AB"]]),
        table(["Year", *names()], [["all", *"123456789ABC"]]),
        table(["Year", *names()], [["1958", *"123456789ABC"]], has_header=False),
        table(["Month", "1958"], [[name, "1"] for name in names()]),
        table(["x"], [["1"], ["2"]]),
    ],
)
def test_any_other_table_is_left_as_it_is(other):
    assert unfold(other) is other
