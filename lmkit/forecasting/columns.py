"""Roles of the columns of a table: dates, an index, and the numbers of the series.

Goes by the usual names and by what stands in the columns. Knows no values.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lmkit.core.errors import DataError, UsageError
from lmkit.forecasting.date_forms import DateForm
from lmkit.forecasting.date_patterns import (
    COUNTS,
    DATED_FORMS,
    NUMBER_FORMS,
    SPREADSHEET_DAYS,
    TEXT_FORMS,
    UNDATED_FORMS,
)
from lmkit.forecasting.dates import DateColumn, DateOrder, is_date, read_dates
from lmkit.forecasting.frequency import is_regular
from lmkit.forecasting.parts import is_part_name, join_clock, join_parts, plain_name
from lmkit.forecasting.row_index import (
    SHORTEST_INDEX,
    is_counted,
    is_even,
    is_named_index,
    orders_rows,
)
from lmkit.forecasting.rows import quoted
from lmkit.forecasting.table import Table

_DATE_NAMES = frozenset(
    {"date", "dates", "datetime", "time", "timestamp", "ts", "ds", "dt", "when", "period", "epoch"}
    | {"year", "years", "yr", "quarter", "month", "week", "day", "yearmonth", "yyyymm", "yyyymmdd"}
    | {"datum", "zeit", "jahr", "monat", "tag", "fecha", "año", "mes", "année", "mois", "unixtime"}
)
_COUNTED_NAMES = frozenset(  # times where they are numbers that rise
    {"t", "time", "step", "steps", "tick", "period", "hour", "minute", "second", "seconds"}
    | {"year", "quarter", "month", "week", "day", "days", "round", "frame", "iteration"}
)
_EXAMPLES = ("2010-01-31", "2010-Q1", "2010-W05")
_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(?:\.[0-9]*)?")


@dataclass(frozen=True, slots=True)
class Columns:
    """Roles of the columns of a table.

    Attributes:
        values: Columns of the series, by place.
        dates: Dates of the rows, if any.
        index: Column that numbers the rows, if any.
        notices: Lines about the choice that the user should know.
    """

    values: tuple[int, ...]
    dates: DateColumn | None = None
    index: int | None = None
    notices: tuple[str, ...] = ()


def find_columns(
    table: Table, wanted: Sequence[str] = (), *, date_order: DateOrder = "auto"
) -> Columns:
    """Find what each column of a table is.

    Args:
        table: The table.
        wanted: Names of the columns that are the series, in this order; none: all numbers that
            are neither dates nor an index.
        date_order: Order of day, month and year where all three are numbers.

    Raises:
        UsageError: If a column that is wanted is not there, or holds dates.
        DataError: If two columns have one name, or no column is left for the series.
    """
    _refuse_twins(table)
    asked = [_place_of(name, table) for name in wanted]
    free = [place for place in range(len(table.header)) if place not in asked]
    dates, used = _find_dates(table, free, date_order)
    free = [place for place in free if place not in used]
    if asked:
        _refuse_dates(table, asked, date_order)
        named = [at for at in free if is_named_index(table, at) or is_part_name(table.header[at])]
        index = next((at for at in named if orders_rows(table, at)), None)
        is_ordered = dates is not None or index is not None
        return Columns(tuple(asked), dates, index, () if is_ordered else _unread(table, free))
    left_out = _find_left_out(table, free, has_dates=dates is not None)
    values = tuple(place for place in free if place not in left_out)
    if not values:
        raise DataError(f"{table.name} has dates but no column of numbers")
    index = next((place for place in left_out if orders_rows(table, place)), None)
    return Columns(values, dates, index, tuple(left_out.values()))


def column_name(table: Table, place: int) -> str:
    """Return the name of a column, made up where it has none."""
    return table.header[place] or f"column {place + 1}"


def _refuse_twins(table: Table) -> None:
    names = [name for name in table.header if name]
    twins = [name for number, name in enumerate(names) if name in names[:number]]
    if twins:
        raise DataError(f"{table.name} has two columns named {twins[0]!r}; give each its own name")


def _place_of(name: str, table: Table) -> int:
    names = [column_name(table, place) for place in range(len(table.header))]
    if name not in names:
        raise UsageError(f"{table.name} has no column {name!r}; it has {', '.join(names)}")
    return names.index(name)


def _refuse_dates(table: Table, places: Sequence[int], order: DateOrder) -> None:
    for place in places:
        if _read(table, table.column(place), order, TEXT_FORMS):
            name = column_name(table, place)
            raise UsageError(
                f"column {name!r} of {table.name} holds dates, which cannot be forecast"
            )


def _find_dates(
    table: Table, free: Sequence[int], order: DateOrder
) -> tuple[DateColumn | None, tuple[int, ...]]:
    """Return the dates, and the columns that they were in."""
    if len(table.header) == 1:
        return None, ()
    for place in free:
        if column := _read(table, table.column(place), order, DATED_FORMS):
            return _with_clock(table, column, place, order)
    parts = join_parts(table)
    if parts and set(parts.places) <= set(free):
        return _read(table, parts.cells, order, TEXT_FORMS), parts.places
    for place in sorted(free, key=lambda place: not _is_date_name(table, place)):
        if column := _read_number_dates(table, place):
            return _with_clock(table, column, place, order)
    for place in free:
        if column := _read_counts(table, place):
            return column, (place,)
    months = [place for place in free if _read(table, table.column(place), order, UNDATED_FORMS)]
    for place in months[:1]:
        return _read(table, table.column(place), order, UNDATED_FORMS), (place,)
    return None, ()


def _with_clock(
    table: Table, column: DateColumn, place: int, order: DateOrder
) -> tuple[DateColumn, tuple[int, ...]]:
    """Return dates with the times of day of another column, where there is such a column."""
    joined = join_clock(table, place)
    timed = _read(table, joined.cells, order, TEXT_FORMS) if joined else None
    if joined and timed and len(timed.unreadable) <= len(column.unreadable):
        return timed, joined.places
    return column, (place,)


def _read(
    table: Table, cells: Sequence[str], order: DateOrder, forms: Sequence[DateForm]
) -> DateColumn | None:
    try:
        return read_dates(cells, order=order, forms=forms)
    except DataError as error:
        raise DataError(f"{table.name}: {error}") from None


def _read_number_dates(table: Table, place: int) -> DateColumn | None:
    """Read dates that look like numbers, if the name of the column or their order tells so."""
    cells = table.column(place)
    is_named = _is_date_name(table, place)
    column = read_dates(
        cells, forms=(*NUMBER_FORMS, SPREADSHEET_DAYS) if is_named else NUMBER_FORMS
    )
    if column is None or any(_NUMBER.fullmatch(cells[at]) for at in column.unreadable):
        return None
    if is_named and plain_name(table.header[place]) in _DATE_NAMES:
        return column
    times = [time for time in column.times if time]
    is_distinct = len(set(times)) == len(cells)
    if is_named or not is_distinct:
        return column if is_distinct else None
    is_rising = {before < after for before, after in pairwise(times)}
    if len(is_rising) != 1:
        return None
    is_unnamed = place == 0 and not (table.has_header and table.header[place])
    is_long = len(cells[0]) >= len("20240131")
    is_year = is_unnamed and all(1600 <= time.year <= 2100 for time in times)
    return column if is_long or is_year or is_regular(sorted(times)) else None


def _read_counts(table: Table, place: int) -> DateColumn | None:
    """Read times that are counted, such as the days of a study, if the name tells so."""
    if plain_name(table.header[place]) not in _COUNTED_NAMES:
        return None
    column = read_dates(table.column(place), forms=(COUNTS,))
    is_distinct = column and len({time for time in column.times if time}) == len(table.rows)
    if not is_distinct or not is_even([float(cell) for cell in table.column(place)]):
        return None
    return column


def _is_date_name(table: Table, place: int) -> bool:
    words = re.split(r"[\W_]+", table.header[place].casefold())
    return not _DATE_NAMES.isdisjoint({*words, plain_name(table.header[place])})


def _find_left_out(table: Table, free: Sequence[int], *, has_dates: bool) -> dict[int, str]:
    """Return the columns that are no part of the series, and a line about each."""
    left_out: dict[int, str] = {}
    for place in free:
        name = column_name(table, place)
        why = ""
        if is_named_index(table, place) or is_counted(table, place, has_dates=has_dates):
            why = "numbers the rows" if orders_rows(table, place) else "names the rows"
        elif is_part_name(table.header[place]):
            why = "is a part of the date" if has_dates else _part_of_date(table, place)
        elif has_dates and all(map(is_date, table.column(place))):
            why = "holds more dates"
        elif _is_constant(table, place):
            why = f"holds {table.rows[0].cells[place]!r} alone"
        if why and len(left_out) < len(free) - 1:
            shown = f"column {name!r}" if table.header[place] else f"{name}, which has no name,"
            notice = f"{table.name}: {shown} {why} and is left out; --column {name!r} forecasts it"
            left_out[place] = notice
    return left_out


def _part_of_date(table: Table, place: int) -> str:
    """Return what a column is that is named after a part of a date, in a table without dates.

    Raises:
        DataError: If it seems to hold dates, in a form that is not known.
    """
    if orders_rows(table, place) and not all(map(_NUMBER.fullmatch, table.column(place))):
        return "numbers the rows"
    if _holds_labels(table, place):
        cell, name = table.column(place)[0], column_name(table, place)
        raise DataError(
            f"{table.name}: column {name!r} contains dates that lmkit cannot read "
            f"({quoted(cell)}); write them like {' or '.join(_EXAMPLES)}, or delete the "
            "column"
        )
    return "is a part of the date"


def _holds_labels(table: Table, place: int) -> bool:
    """Tell whether the cells of a column may be dates: texts with a digit, none of them twice."""
    cells = table.column(place)
    has_digits = all(any(map(str.isdigit, cell)) for cell in cells)
    is_number = any(map(_NUMBER.fullmatch, cells))
    return has_digits and not is_number and len(set(cells)) == len(cells)


def _unread(table: Table, free: Sequence[int]) -> tuple[str, ...]:
    """Return a line about a column that may be meant as dates and could not be read as such."""
    for place in free:
        if (place == 0 or _is_date_name(table, place)) and _holds_labels(table, place):
            name, cell = column_name(table, place), table.column(place)[0]
            return (
                f"{table.name}: column {name!r} contains dates that lmkit cannot read "
                f"({quoted(cell)}); the rows keep their order",
            )
    return ()


def _is_constant(table: Table, place: int) -> bool:
    cells = table.column(place)
    return len(cells) >= SHORTEST_INDEX and len(set(cells)) == 1
