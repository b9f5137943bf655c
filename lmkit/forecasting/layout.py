"""Tables laid out by year: one column for each year or each month, unfolded to a long table.

Knows no values.
"""

from collections.abc import Sequence
from dataclasses import replace

from lmkit.forecasting.date_forms import MONTHS, month_named
from lmkit.forecasting.numbers import is_missing
from lmkit.forecasting.rows import Row
from lmkit.forecasting.table import Table

QUARTERS = ("q1", "q2", "q3", "q4")
VALUE = "value"  # name of the one column of an unfolded table


def unfold(table: Table) -> Table:
    """Return a table of years and months as one of dates and values; any other as it is.

    Either the rows are the months (or quarters) and the columns the years, or the other way
    round. Months before the first value and after the last are left out.
    """
    if not table.has_header or len(table.header) < 3 or not table.rows:
        return table
    names, labels = table.header[1:], table.column(0)
    if _are_years(names) and _periods(labels):
        by_column = [
            (row.line, f"{year}-{period}", row.cells[place])
            for place, year in enumerate(names, start=1)
            for row, period in zip(table.rows, _periods(labels), strict=True)
        ]
        return _unfolded(table, by_column, "rows")
    periods = _periods(names[:12]) or _periods(names[:4])
    if periods and _are_years(labels):
        by_row = [
            (row.line, f"{row.cells[0]}-{period}", cell)
            for row in table.rows
            for period, cell in zip(periods, row.cells[1:], strict=False)
        ]
        return _unfolded(table, by_row, "columns")
    return table


def _unfolded(table: Table, cells: Sequence[tuple[int, str, str]], where: str) -> Table:
    filled = [place for place, (_, _, value) in enumerate(cells) if not is_missing(value)]
    kept = cells[filled[0] : filled[-1] + 1] if filled else cells
    rows = tuple(Row(line, (date, value)) for line, date, value in kept)
    notice = (
        f"{table.name}: the {where} are the parts of a year; read as one series of {len(rows)} "
        f"values, {rows[0].cells[0]} to {rows[-1].cells[0]}; --column NAME reads a column"
    )
    return replace(table, header=("date", VALUE), rows=rows, notices=(*table.notices, notice))


def _are_years(cells: Sequence[str]) -> bool:
    """Tell whether cells are years, none of them twice."""
    is_year = all(cell.isdecimal() and len(cell) == 4 and cell >= "1000" for cell in cells)
    return is_year and len(set(cells)) == len(cells)


def _periods(cells: Sequence[str]) -> tuple[str, ...]:
    """Return how the months or quarters of a whole year are written; none if these are none."""
    if tuple(cell.casefold() for cell in cells) == QUARTERS:
        return tuple(cell.upper() for cell in QUARTERS)
    try:
        months = [int(cell) if cell.isdecimal() else month_named(cell) for cell in cells]
    except ValueError:
        return ()
    is_year = months == list(range(1, len(MONTHS) + 1))
    return tuple(f"{month:02d}" for month in months) if is_year else ()
