import pytest

from lmkit.core.errors import DataError
from lmkit.data.tables.report import RowReport


def reported(rows, bad):
    report = RowReport("x.csv", advice="mend it", rows=rows)
    for number in bad:
        report.pass_over(number, "has 1 cell, not 2")
    return report


def test_nothing_is_said_of_good_rows():
    assert reported(3, []).finish() == []
    assert reported(0, []).finish() == []


def test_bad_rows_are_counted_and_named():
    (notice,) = reported(1000, [7]).finish()
    assert notice == (
        "x.csv: 1 of 1,000 rows cannot be read: row 7 has 1 cell, not 2; it was skipped"
    )
    (notice,) = reported(200_000, range(180_001, 180_021)).finish()
    assert "20 of 200,000 rows" in notice
    assert "(rows 180,001, 180,002, 180,003, 180,004, 180,005, ...): row 180,001 has" in notice


def test_one_row_in_ten_may_be_bad_and_one_in_a_short_table():
    assert reported(100, range(10)).finish()
    assert reported(2, [1]).finish()
    for rows, bad in ((100, range(11)), (3, [1, 2]), (1, [1])):
        with pytest.raises(DataError, match=r"up to one row in ten is skipped.*mend it") as told:
            reported(rows, bad).finish()
        assert "\n" not in str(told.value)


def test_rows_with_too_many_cells_and_without_the_column_are_told():
    report = RowReport("x.csv", rows=9, missing=2)
    report.join(2, "has 3, not 2")
    report.join(4, "has 9, not 2")
    assert report.finish() == [
        "x.csv: 2 of 9 rows have more cells than the header (row 2 has 3, not 2); their text was "
        "kept whole",
        "x.csv: 2 of 9 rows lack the column",
    ]
