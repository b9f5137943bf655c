"""Dates of observations: a column of cells read as times, and the dates that follow.

The form is decided by the whole column, and dates to come are written in it. Knows no numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, get_args

from lmkit.core.errors import DataError
from lmkit.forecasting.date_forms import (
    EITHER_WIDTH,
    CountForm,
    DateForm,
    TextForm,
    Timestamp,
    YearFractionForm,
)
from lmkit.forecasting.date_patterns import (
    COUNTS,
    FOUR_DIGITS,
    NUMBER_FORMS,
    SPREADSHEET_DAYS,
    TEXT_FORMS,
    TWO_DIGITS,
)
from lmkit.forecasting.frequency import ANY_DAY, Frequency, Monthly, find_frequency, is_regular

DateOrder = Literal["auto", "dmy", "mdy", "ymd"]
ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)

ALL_FORMS = (*TEXT_FORMS, *NUMBER_FORMS, SPREADSHEET_DAYS)
ENOUGH = 0.5  # fraction of the cells that must be dates for a column to be one of dates
SAMPLE = 64  # cells that are tried first
LAST_YEAR = 50  # two digits of the latest year that is taken for one of this century


@dataclass(frozen=True, slots=True)
class DateColumn:
    """Column of dates.

    Attributes:
        cells: As written.
        form: Form in which they are written.
        times: One for each cell, all in one zone; None where a cell is no date of this form.
        order: Order of day, month and year where all three are numbers, else "auto".
    """

    cells: tuple[str, ...]
    form: DateForm
    times: tuple[datetime | None, ...]
    order: DateOrder = "auto"

    @property
    def unreadable(self) -> tuple[int, ...]:
        """Positions of the cells that are no dates of this form."""
        return tuple(place for place, time in enumerate(self.times) if time is None)

    @property
    def is_plain(self) -> bool:
        """True where there is one way to read the dates, as 2024-01-31, Jan 2024 and 20240131."""
        if self.form is COUNTS:
            return True
        is_counted = isinstance(self.form, CountForm | YearFractionForm)
        fields = set(self.form.pattern.groupindex) if isinstance(self.form, TextForm) else set()
        return not is_counted and self.order in ("auto", "ymd") and "short_year" not in fields

    @property
    def example(self) -> tuple[str, str]:
        """A cell and its time as year-month-day, if possible one whose day is not its month."""
        read = [(cell, time) for cell, time in zip(self.cells, self.times, strict=True) if time]
        cell, time = next((both for both in read if both[1].day != both[1].month), read[0])
        return cell.strip(), f"{time}".removesuffix(" 00:00:00")

    def write(self, times: Iterable[datetime]) -> tuple[str, ...]:
        """Write times as the cells are written."""
        read = [cell.strip() for cell, time in zip(self.cells, self.times, strict=True) if time]
        longest = max(map(len, read))
        like = next(cell for cell in reversed(read) if len(cell) == longest)
        short = frozenset().union(*map(self.form.short_fields, read))
        filled = frozenset().union(*map(self.form.filled_fields, read))
        if short & EITHER_WIDTH and not filled:  # a month of one digit tells of days and hours too
            short |= EITHER_WIDTH
        return tuple(self.form.write(time, like, short) for time in times)


def is_date(cell: str) -> bool:
    """Tell whether a cell is a date that cannot be taken for a number."""
    return any(form.read(cell) for form in TEXT_FORMS)


def read_dates(
    cells: Sequence[str], *, order: DateOrder = "auto", forms: Sequence[DateForm] = ALL_FORMS
) -> DateColumn | None:
    """Read a column of dates in the form that fits most of its cells.

    Args:
        cells: As written.
        order: Order of day, month and year where all three are numbers; "auto": by the column.
        forms: Forms to try; of two that fit as many cells, the first.

    Returns:
        The dates; None where fewer than half of the cells are dates.

    Raises:
        DataError: If the order of day and month cannot be told.
    """
    possible = _possible_columns(cells, order, forms)
    if len(possible) > 1:
        example, _ = possible[0].example
        ways = " or ".join(f"--date-order {column.order}" for column in possible)
        names = " or ".join(column.form.name for column in possible)
        raise DataError(f"dates such as {example!r} may be {names}; say which with {ways}")
    return possible[0] if possible else None


def season_of(dates: Sequence[str], order: DateOrder = "auto") -> int:
    """Return how many observations make a season; 1 where the dates do not tell."""
    column = _known_column(dates, order)
    times = _rising_times(column)
    is_calendar = column is not None and column.form is not COUNTS
    frequency = find_frequency(times) if is_calendar and len(times) > 2 else None
    return frequency.season if frequency else 1


def dates_ahead(dates: Sequence[str], count: int, order: DateOrder = "auto") -> tuple[str, ...]:
    """Return the dates that come next, written like the given ones.

    Args:
        dates: Dates of the observations, in order.
        count: Number of dates to return.
        order: Order of day, month and year where all three are numbers.

    Returns:
        Dates at the distance that the given ones have; none where that is not known, or where
        some are missing, holidays between working days excepted.
    """
    column = _known_column(dates, order)
    times = _rising_times(column)
    if column is None or len(times) < 2 or not is_regular(times):
        return ()
    frequency = find_frequency(times)
    if frequency is None or not _tells_days(frequency):
        return ()
    try:
        return column.write(frequency.after(times[-1], number) for number in range(1, count + 1))
    except OverflowError:  # after the year 9999
        return ()


def _tells_days(frequency: Frequency) -> bool:
    return not (isinstance(frequency, Monthly) and frequency.anchor == ANY_DAY)


def _known_column(dates: Sequence[str], order: DateOrder) -> DateColumn | None:
    """Return the column of dates, if there is only one way to read all of it."""
    possible = _possible_columns(dates, order, (*ALL_FORMS, COUNTS)) if dates else []
    return possible[0] if len(possible) == 1 and not possible[0].unreadable else None


def _rising_times(column: DateColumn | None) -> list[datetime]:
    """Return the times of a column; none where they do not rise."""
    times = [time for time in column.times if time] if column else []
    return times if all(before < after for before, after in pairwise(times)) else []


def _possible_columns(
    cells: Sequence[str], order: DateOrder, forms: Sequence[DateForm]
) -> list[DateColumn]:
    """Return the readings that fit most cells: more than one where nothing tells them apart."""
    sample = cells[:: max(1, len(cells) // SAMPLE)]
    allowed = [form for form in forms if _is_allowed(form, order)]
    likely = [form for form in allowed if _fraction_read(sample, form) >= ENOUGH / 2]
    columns = [_read_column(tuple(cells), form) for form in likely]
    fewest = min((len(column.unreadable) for column in columns), default=len(cells))
    if fewest > (1 - ENOUGH) * len(cells) or not cells:
        return []
    best = [column for column in columns if len(column.unreadable) == fewest]
    return best[:1] if best[0].order == "auto" else _tell_orders_apart(best)


def _tell_orders_apart(columns: list[DateColumn]) -> list[DateColumn]:
    """Return the reading of day and month under which the dates follow each other evenly."""
    columns = [column for column in columns if column.order != "auto"]
    if len({column.times for column in columns}) == 1:
        return columns[:1]
    if all("." in cell for cell in columns[0].cells):
        dotted = [column for column in columns if column.order == "dmy"]
        return dotted or columns
    for is_likely in (_is_even, _is_monotone):
        found = [column for column in columns if is_likely(column.times)]
        if len(found) == 1:
            return found
    return columns


def _is_monotone(times: Sequence[datetime | None]) -> bool:
    known = [time for time in times if time]
    is_rising = {before < after for before, after in pairwise(known) if before != after}
    return len(set(known)) == len(known) and len(is_rising) == 1


def _is_allowed(form: DateForm, order: DateOrder) -> bool:
    is_told = order == "auto" or _order_of(form) in ("auto", order)
    return is_told or form is FOUR_DIGITS["ymd"]


def _order_of(form: DateForm) -> DateOrder:
    for order in ORDERS:
        if form in (FOUR_DIGITS.get(order), TWO_DIGITS.get(order)):
            return order
    return "auto"


def _fraction_read(cells: Sequence[str], form: DateForm) -> float:
    return sum(form.read(cell) is not None for cell in cells) / max(1, len(cells))


def _read_column(cells: tuple[str, ...], form: DateForm) -> DateColumn:
    times = _in_one_zone([form.read(cell) for cell in cells])
    fields = set(form.pattern.groupindex) if isinstance(form, TextForm) else set()
    if "short_year" in fields:
        times = _with_centuries(times)
    if fields == {"monthname"}:
        times = _with_years(times)
    return DateColumn(cells, form, tuple(times), _order_of(form))


def _in_one_zone(stamps: Sequence[Timestamp | None]) -> list[datetime | None]:
    """Return times in the zone of the last; local times that are even are left as they are.

    Where some have a zone and others none, the fewer are not read.
    """
    known = [stamp for stamp in stamps if stamp]
    with_zone = sum(stamp.offset is not None for stamp in known)
    is_zoned = 2 * with_zone >= len(known) and with_zone > 0
    kept = [stamp if stamp and (stamp.offset is not None) == is_zoned else None
            for stamp in stamps]  # fmt: skip
    local = [stamp.time if stamp else None for stamp in kept]
    offsets = [stamp.offset for stamp in kept if stamp and stamp.offset is not None]
    if len(set(offsets)) < 2 or _is_even(local):
        return local
    return [_shifted(stamp, offsets[-1]) for stamp in kept]


def _shifted(stamp: Timestamp | None, offset: timedelta) -> datetime | None:
    if stamp is None or stamp.offset is None:
        return None
    try:
        return stamp.time - stamp.offset + offset
    except OverflowError:  # before the year 1 or after 9999
        return None


def _is_even(times: Sequence[datetime | None]) -> bool:
    known = sorted(time for time in times if time)
    is_distinct = all(before < after for before, after in pairwise(known))
    return len(known) > 1 and is_distinct and is_regular(known)


def _with_centuries(times: Sequence[datetime | None]) -> list[datetime | None]:
    """Place years of two digits, read as 2000 to 2099, so that they span as little as possible."""
    years = sorted({time.year - 2000 for time in times if time})
    if not years:
        return list(times)
    following = [*years[1:], years[0] + 100]
    widest = max(range(len(years)), key=lambda place: following[place] - years[place])
    first, last = following[widest] % 100, years[widest]
    if first <= last:
        century = 1900 if last > LAST_YEAR else 2000
        return [_in_year(time, century + time.year % 100) if time else None for time in times]
    starts = {year: 1900 if year >= first else 2000 for year in years}
    return [
        _in_year(time, starts[time.year - 2000] + time.year % 100) if time else None
        for time in times
    ]


def _in_year(time: datetime, year: int) -> datetime | None:
    try:
        return time.replace(year=year)
    except ValueError:  # the 29th of February 1900
        return None


def _with_years(times: Sequence[datetime | None]) -> list[datetime | None]:
    """Count the years of months that follow each other; what does not follow is not read."""
    placed: list[datetime | None] = []
    year, before = 2000, 0
    for time in times:
        follows = time is not None and (not before or time.month == before % 12 + 1)
        if time is None or not follows:
            placed.append(None)
            continue
        year += time.month < before
        before = time.month
        placed.append(time.replace(year=year))
    return placed
