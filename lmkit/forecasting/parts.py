"""Dates that are spread over several columns: year and month, date and time of day.

Knows no values.
"""

import re
from dataclasses import dataclass

from lmkit.forecasting.table import Table

_PARTS = {
    "year": ("year", "yr", "jahr", "yyyy", "anio", "año", "année", "annee"),
    "month": ("month", "mon", "mo", "monat", "mm", "mes", "mois"),
    "day": ("day", "dom", "tag", "dd", "dayofmonth"),
    "quarter": ("quarter", "qtr", "q", "quartal"),
    "week": ("week", "wk", "woche", "isoweek", "weekofyear"),
    "hour": ("hour", "hr", "hh", "stunde"),
    "place": ("weekday", "dayofweek", "dow", "dayname", "monthname", "dayofyear", "doy"),
}
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp]\.?[Mm]\.?)?")
_YEAR = re.compile(r"([12][0-9]{3})(?:\.0*)?")
_SMALL = re.compile(r"([0-9]{1,2})(?:\.0*)?")


@dataclass(frozen=True, slots=True)
class JoinedDates:
    """Dates put together from several columns.

    Attributes:
        places: Columns that they were in.
        cells: One date for each row.
    """

    places: tuple[int, ...]
    cells: tuple[str, ...]


def plain_name(name: str) -> str:
    """Return the name of a column without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold()) or name.strip()


def is_part_name(name: str) -> bool:
    """Tell whether a column is named after a part of a date, such as month or weekday."""
    return any(plain_name(name) in names for names in _PARTS.values())


def join_parts(table: Table) -> JoinedDates | None:
    """Put dates together from a column of years and one of months, quarters or weeks."""
    parts = _parts_of(table)
    year = parts.get("year")
    finer = next((name for name in ("month", "quarter", "week") if name in parts), None)
    if year is None or finer is None:
        return None
    years = [_YEAR.fullmatch(cell) for cell in table.column(year)]
    if sum(match is not None for match in years) < len(years) / 2:
        return None
    further = [name for name in ("day", "hour") if name in parts and finer == "month"]
    further = further if "day" in further else []
    used = ("year", finer, *further)
    cells = [_joined({name: row.cells[parts[name]] for name in used}, finer) for row in table.rows]
    return JoinedDates(tuple(parts[name] for name in used), tuple(cells))


def join_clock(table: Table, dates: int) -> JoinedDates | None:
    """Put dates and times of day together, where they stand in two columns.

    Args:
        table: The table.
        dates: Column of dates.
    """
    for place in range(len(table.header)):
        cells = table.column(place)
        if place != dates and all(map(_CLOCK.fullmatch, cells)):
            both = zip(table.column(dates), cells, strict=True)
            return JoinedDates((dates, place), tuple(f"{date} {time}" for date, time in both))
    return None


def _parts_of(table: Table) -> dict[str, int]:
    """Return the columns that hold a part of a date, by the part."""
    names = [plain_name(name) for name in table.header]
    return {
        part: names.index(name)
        for part, known in _PARTS.items()
        for name in reversed(known)
        if names.count(name) == 1
    }


def _joined(parts: dict[str, str], finer: str) -> str:
    """Write the parts of a date as one."""
    year = _YEAR.fullmatch(parts["year"])
    written = year[1] if year else parts["year"]
    text = parts[finer]
    number = _SMALL.fullmatch(text)
    if finer == "quarter":
        return f"{written}-Q{number[1] if number else text.lstrip('Qq')}"
    if finer == "week":
        return f"{written}-W{int(number[1]):02d}" if number else f"{written}-W{text.lstrip('Ww')}"
    if number is None:
        day = f" {parts['day']}" if "day" in parts else ""
        return f"{written} {text}{day}"
    written += f"-{int(number[1]):02d}"
    for name, before in (("day", "-"), ("hour", " ")):
        if name in parts:
            small = _SMALL.fullmatch(parts[name])
            written += before + (f"{int(small[1]):02d}" if small else parts[name])
    return written + (":00" if "hour" in parts else "")
