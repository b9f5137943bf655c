"""Order of a series: rows sorted by their dates, doubles refused, gaps refused or filled.

Knows no file and no model.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lmkit.core.errors import DataError
from lmkit.forecasting.columns import Columns, column_name
from lmkit.forecasting.dates import DateColumn
from lmkit.forecasting.frequency import (
    ANY_DAY,
    Frequency,
    Gap,
    Monthly,
    are_holidays,
    find_frequency,
    find_gaps,
    first_uneven,
)
from lmkit.forecasting.row_index import row_numbers
from lmkit.forecasting.rows import quoted
from lmkit.forecasting.table import ADVICE, Table

Gaps = Literal["refuse", "fill", "keep"]

FILL = "--gaps fill interpolates linearly"
KEEP = "--gaps keep ignores the dates"


@dataclass(frozen=True, slots=True)
class Ordered:
    """Observations in the order of time.

    Attributes:
        values: Shape (time, columns); nan for a missing value.
        lines: Line of the file for each time.
        dates: As written, one for each time; empty where there are none.
        times: What the dates stand for.
        notices: Lines about what was done that the user should know.
    """

    values: NDArray[np.float64]
    lines: tuple[int, ...]
    dates: tuple[str, ...] = ()
    times: tuple[datetime, ...] = ()
    notices: tuple[str, ...] = ()

    def with_notice(self, notice: str) -> "Ordered":
        """Return the same with one more notice."""
        return replace(self, notices=(*self.notices, notice))


def place_in_order(
    table: Table, columns: Columns, values: NDArray[np.float64], *, gaps: Gaps = "refuse"
) -> Ordered:
    """Sort rows by date or index, and see to it that none is missing.

    Args:
        table: Rows as they stand in the file.
        columns: Roles of its columns.
        values: Numbers of the rows, shape (rows, columns); nan for a missing value.
        gaps: Missing dates and values are refused, filled by linear interpolation, or (dates alone)
            kept as they are.

    Raises:
        DataError: If a date cannot be read or is there twice, or if something is missing and is
            not to be filled.
    """
    rows = Ordered(values, tuple(row.line for row in table.rows))
    if columns.dates:
        rows = _sorted_by_date(_dated(rows, columns.dates, table.name), table.name)
        _refuse_doubles(rows, table.name)
    elif columns.index is not None:
        rows = _sorted_by_index(rows, table, columns.index)
    if gaps != "fill":
        _refuse_missing_values(rows, table, columns)
    if columns.dates and len(rows.times) > 1:
        rows = _with_even_dates(rows, columns.dates, gaps, table.name)
    return _interpolated(rows, table.name) if gaps == "fill" else rows


def _dated(rows: Ordered, dates: DateColumn, name: str) -> Ordered:
    """Return rows with their dates.

    Raises:
        DataError: If one of them cannot be read.
    """
    for place in dates.unreadable[:1]:
        cell, like = dates.cells[place], _first_read(dates)
        problem = f"holds {quoted(cell)}, which is no date like {like!r}" if cell else "has no date"
        raise DataError(f"{name}: line {rows.lines[place]} {problem}; correct it, or {ADVICE}")
    times = tuple(time for time in dates.times if time)
    return replace(rows, dates=tuple(cell.strip() for cell in dates.cells), times=times)


def _first_read(dates: DateColumn) -> str:
    return next(cell for cell, time in zip(dates.cells, dates.times, strict=True) if time)


def _sorted_by_date(rows: Ordered, name: str) -> Ordered:
    order = sorted(range(len(rows.times)), key=rows.times.__getitem__)
    if order == list(range(len(order))):
        return rows
    is_reversed = order == list(reversed(range(len(order))))
    order_found = (
        "stand newest first" if is_reversed else "do not stand in the order of their dates"
    )
    return _in_order(rows, order).with_notice(
        f"{name}: the rows {order_found}; they are sorted by date"
    )


def _sorted_by_index(rows: Ordered, table: Table, index: int) -> Ordered:
    numbers = row_numbers(table, index) or []
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    if order == list(range(len(order))):
        return rows
    return _in_order(rows, order).with_notice(
        f"{table.name}: the rows are sorted by column {column_name(table, index)!r}"
    )


def _in_order(rows: Ordered, order: Sequence[int]) -> Ordered:
    return replace(
        rows,
        values=rows.values[list(order)],
        lines=tuple(rows.lines[place] for place in order),
        dates=tuple(rows.dates[place] for place in order) if rows.dates else (),
        times=tuple(rows.times[place] for place in order) if rows.times else (),
    )


def _refuse_doubles(rows: Ordered, name: str) -> None:
    for place, (before, after) in enumerate(pairwise(rows.times)):
        if before == after:
            first, second = rows.lines[place : place + 2]
            raise DataError(
                f"{name}: lines {first} and {second} both have the date {rows.dates[place]!r}; "
                "delete one, or keep the rows of one series"
            )


def _refuse_missing_values(rows: Ordered, table: Table, columns: Columns) -> None:
    for place in np.flatnonzero(np.isnan(rows.values).any(axis=1))[:1]:
        at = int(np.flatnonzero(np.isnan(rows.values[place]))[0])
        named = f"column {column_name(table, columns.values[at])!r} of line {rows.lines[place]}"
        problem = f"{named} has no value"
        if len(table.header) == 1 and not table.column(0)[place]:
            problem = f"line {rows.lines[place]} is empty"
        raise DataError(f"{table.name}: {problem}; {FILL}")


def _with_even_dates(rows: Ordered, dates: DateColumn, gaps: Gaps, name: str) -> Ordered:
    """Return rows whose dates have no gap, or say what is done about it."""
    frequency = find_frequency(rows.times)
    if frequency is None:
        if gaps == "keep":
            return rows
        place = first_uneven(rows.times)
        raise DataError(
            f"{name}: {_between(rows, place)} the dates are not as far apart as elsewhere; {KEEP}"
        )
    rows = _with_notice_of_days(rows, frequency, name)
    found = find_gaps(rows.times, frequency)
    missing = sum(gap.missing for gap in found)
    if gaps == "fill" and found:
        return _with_filled_dates(rows, dates, frequency, found, name)
    if not found or gaps == "keep":
        return rows
    if are_holidays(found, frequency, len(rows.times)):
        days = "1 working day" if missing == 1 else f"{missing} working days"
        return rows.with_notice(f"{name}: {days} missing, treated as holidays")
    elsewhere = f", {missing} in the whole series" if len(found) > 1 else ""
    raise DataError(
        f"{name}: {_dates_missing(found[0].missing)} {_between(rows, found[0].position)}{elsewhere}"
        f"; {FILL}, {KEEP}"
    )


def _with_notice_of_days(rows: Ordered, frequency: Frequency, name: str) -> Ordered:
    """Say that monthly dates are on several days, so that those to come are not known."""
    if not isinstance(frequency, Monthly) or frequency.anchor != ANY_DAY:
        return rows
    usual, count = Counter(time.day for time in rows.times).most_common(1)[0]
    odd = next(place for place, time in enumerate(rows.times) if time.day != usual)
    like = f", where {count} of {len(rows.times)} stand on day {usual}" if count > 2 else ""
    return rows.with_notice(
        f"{name}: the dates are on several days of the month (line {rows.lines[odd]}: "
        f"{rows.dates[odd]}{like}); the dates of the forecast are unknown, so its steps "
        "are numbered"
    )


def _dates_missing(count: int) -> str:
    return "1 date is missing" if count == 1 else f"{count} dates are missing"


def _between(rows: Ordered, place: int) -> str:
    (first, second), (before, after) = rows.lines[place : place + 2], rows.dates[place : place + 2]
    return f"between {before} (line {first}) and {after} (line {second})"


def _with_filled_dates(
    rows: Ordered, dates: DateColumn, frequency: Frequency, gaps: Sequence[Gap], name: str
) -> Ordered:
    """Put in the dates that are missing, without values.

    Raises:
        DataError: If more are missing than there are.
    """
    missing = sum(gap.missing for gap in gaps)
    between = _between(rows, gaps[0].position)
    if missing > len(rows.times):
        raise DataError(
            f"{name}: {missing} dates are missing and only {len(rows.times)} exist, which "
            f"is too few to fill the gaps; the first gap is {between}; {KEEP}"
        )
    after = {gap.position: gap.missing for gap in gaps}
    values, lines, written, times = [], [], [], []
    for place, time in enumerate(rows.times):
        added = [frequency.after(time, number) for number in range(1, after.get(place, 0) + 1)]
        values += [rows.values[place], *(np.full_like(rows.values[place], np.nan) for _ in added)]
        lines += [rows.lines[place]] * (1 + len(added))
        written += [rows.dates[place], *dates.write(added)]
        times += [time, *added]
    filled = Ordered(np.array(values), tuple(lines), tuple(written), tuple(times), rows.notices)
    missing_dates = f"{_dates_missing(missing)}, the first {between}"
    return filled.with_notice(f"{name}: {missing_dates}; filled by linear interpolation")


def _interpolated(rows: Ordered, name: str) -> Ordered:
    """Fill missing values on the straight line between those beside them.

    Raises:
        DataError: If one stands at an end.
    """
    missing = np.isnan(rows.values)
    for end in (0, -1):
        if missing[end].any():
            raise DataError(
                f"{name}: line {rows.lines[end]} has no value and is at the end, where "
                "interpolation is impossible; delete it"
            )
    places = np.arange(len(rows.values))
    values = rows.values.copy()
    for column, known in zip(values.T, ~missing.T, strict=True):
        column[~known] = np.interp(places[~known], places[known], column[known])
    return replace(rows, values=values)
