"""Forms in which dates are written: from a cell to a time and back.

A form reads one cell, and writes another time as that cell is written. Knows no column.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from typing_extensions import override

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december")  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT = 3  # letters of a shortened name

_WIDTHS = {"year": 4, "quarter": 1, "halfyear": 1, "weekday": 1}  # digits; two for all others
EITHER_WIDTH = frozenset({"month", "day", "hour"})  # fields that are filled up or are not
_NUMBER = re.compile(r"[0-9]+(?:\.([0-9]*))?")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Time that a cell stands for.

    Attributes:
        time: As written, without its zone.
        offset: From universal time; None where no zone is written.
    """

    time: datetime
    offset: timedelta | None = None


class DateForm(ABC):
    """One way to write dates.

    Attributes:
        name: Name for the user, such as "day/month/year".
        is_number: Whether the cells look like numbers.
    """

    name: str
    is_number: bool

    @abstractmethod
    def read(self, cell: str) -> Timestamp | None:
        """Return the time of a cell; None where it is not written in this form."""

    @abstractmethod
    def write(self, time: datetime, like: str, short: Collection[str] = ()) -> str:
        """Write a time.

        Args:
            time: Time to write.
            like: Cell of this form, whose separators, case and precision are kept.
            short: Fields that are not filled up with zeros.
        """

    @abstractmethod
    def short_fields(self, cell: str) -> frozenset[str]:
        """Return the fields of a cell that are seen not to be filled up with zeros."""

    @abstractmethod
    def filled_fields(self, cell: str) -> frozenset[str]:
        """Return the fields of a cell that are seen to be filled up with a zero."""


@dataclass(frozen=True, slots=True)
class TextForm(DateForm):
    """Form described by a regular expression, whose groups are the fields of a date."""

    name: str
    pattern: re.Pattern[str]
    is_number: bool = False

    @override
    def read(self, cell: str) -> Timestamp | None:
        match = self.pattern.fullmatch(cell.strip())
        if match is None:
            return None
        fields = {name: text for name, text in match.groupdict().items() if text}
        try:
            return Timestamp(_time_of(fields), _offset_of(fields.get("zone", "")))
        except (ValueError, OverflowError):  # the 30th of February, week 54
            return None

    @override
    def write(self, time: datetime, like: str, short: Collection[str] = ()) -> str:
        match = self.pattern.fullmatch(like.strip())
        if match is None:
            raise ValueError(f"{like!r} is not written as {self.name}")
        fields = {name: match.span(name) for name, text in match.groupdict().items() if text}
        numbers = _numbers_of(time, fields)
        written, end = "", 0
        for name, (start, stop) in sorted(fields.items(), key=lambda field: field[1]):
            field = _word(name, time, match[name])
            if name in numbers:
                width = 1 if name in short else _WIDTHS.get(name, 2)
                field = f"{numbers[name]:0{width}d}"
            written, end = written + match.string[end:start] + field, stop
        return written + match.string[end:]

    @override
    def short_fields(self, cell: str) -> frozenset[str]:
        match = self.pattern.fullmatch(cell.strip())
        found = match.groupdict().items() if match else ()
        return frozenset(name for name, text in found if text and len(text) == 1)

    @override
    def filled_fields(self, cell: str) -> frozenset[str]:
        match = self.pattern.fullmatch(cell.strip())
        found = match.groupdict() if match else {}
        return frozenset(name for name in EITHER_WIDTH if (found.get(name) or "").startswith("0"))


@dataclass(frozen=True, slots=True)
class CountForm(DateForm):
    """Time counted from a beginning: epoch seconds, days of a spreadsheet.

    Attributes:
        unit: Length of one, in microseconds.
        beginning: Time of the number 0.
        lowest: Smallest number that is taken for a date.
        highest: Largest.
        rounded: Microseconds to which times are rounded.
    """

    name: str
    unit: Decimal
    beginning: datetime
    lowest: int
    highest: int
    rounded: int = 1
    is_number: bool = True

    @override
    def read(self, cell: str) -> Timestamp | None:
        number = _plain_number(cell)
        if number is None or not self.lowest <= number <= self.highest:
            return None
        count = round(number * self.unit / self.rounded) * self.rounded
        return Timestamp(self.beginning + timedelta(microseconds=count))

    @override
    def write(self, time: datetime, like: str, short: Collection[str] = ()) -> str:
        count = (time - self.beginning) // timedelta(microseconds=1)
        return f"{Decimal(count) / self.unit:.{_decimals(like)}f}"

    @override
    def short_fields(self, cell: str) -> frozenset[str]:
        return frozenset()

    @override
    def filled_fields(self, cell: str) -> frozenset[str]:
        return frozenset()


@dataclass(frozen=True, slots=True)
class YearFractionForm(DateForm):
    """Years with a fraction for the month, such as 1949.0833 for February 1949."""

    name: str = "years with a fraction"
    is_number: bool = True

    @override
    def read(self, cell: str) -> Timestamp | None:
        number = _plain_number(cell)
        if number is None or not 1000 <= number < 3000:
            return None
        year, rest = divmod(number, 1)
        months = round(rest * 12)
        rounding = Decimal(12) / 10 ** max(2, min(_decimals(cell), 4))
        if abs(rest * 12 - months) > rounding:
            return None
        return Timestamp(datetime(int(year) + months // 12, months % 12 + 1, 1))

    @override
    def write(self, time: datetime, like: str, short: Collection[str] = ()) -> str:
        number = f"{time.year + Decimal(time.month - 1) / 12:.{_decimals(like)}f}"
        return number.rstrip("0").rstrip(".") if short and "." in number else number

    @override
    def short_fields(self, cell: str) -> frozenset[str]:
        return frozenset() if "." in cell else frozenset({"fraction"})

    @override
    def filled_fields(self, cell: str) -> frozenset[str]:
        return frozenset()


def month_named(name: str) -> int:
    """Return the number of a month, 1..12, from its English name or the beginning of that.

    Raises:
        ValueError: If no month has this name.
    """
    word = name.strip().rstrip(".").casefold()
    found = [number for number, month in enumerate(MONTHS, start=1) if month.startswith(word)]
    if len(word) < SHORT or len(found) != 1:
        raise ValueError(f"no month is named {name!r}")
    return found[0]


def _time_of(fields: dict[str, str]) -> datetime:
    """Return the time of the fields of a date.

    Raises:
        ValueError: If there is no such time.
    """
    hour = int(fields.get("hour", 0))
    if half := fields.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("an hour with AM or PM is in 1..12")
        hour = hour % 12 + (12 if half in "pP" else 0)
    return _day_of(fields).replace(
        hour=hour,
        minute=int(fields.get("minute", 0)),
        second=int(fields.get("second", 0)),
        microsecond=int(fields.get("fraction", "")[:6].ljust(6, "0")),
    )


def _day_of(fields: dict[str, str]) -> datetime:
    year = int(fields.get("year", 2000 + int(fields.get("short_year", 0))))
    if "week" in fields:
        return datetime.fromisocalendar(year, int(fields["week"]), int(fields.get("weekday", 1)))
    month = int(fields.get("month", 1))
    if "monthname" in fields:
        month = month_named(fields["monthname"])
    if "quarter" in fields:
        month = 3 * int(fields["quarter"]) - 2
    if "halfyear" in fields:
        month = 6 * int(fields["halfyear"]) - 5
    return datetime(year, month, int(fields.get("day", 1)))


def _offset_of(zone: str) -> timedelta | None:
    if not zone:
        return None
    digits = re.sub(r"[^0-9]", "", zone)
    offset = timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:] or 0))
    return -offset if zone.startswith("-") else offset


def _numbers_of(time: datetime, fields: Collection[str]) -> dict[str, int]:
    """Return the fields of a time that are written as numbers."""
    year, week, weekday = time.isocalendar()
    return {
        "year": year if "week" in fields else time.year,
        "short_year": time.year % 100,
        "halfyear": (time.month + 5) // 6,
        "quarter": (time.month + 2) // 3,
        "month": time.month,
        "week": week,
        "weekday": weekday,
        "day": time.day,
        "hour": (time.hour + 11) % 12 + 1 if "half" in fields else time.hour,
        "minute": time.minute,
        "second": time.second,
    }


def _word(name: str, time: datetime, like: str) -> str:
    """Write a field that is not a number, as another is written."""
    if name == "monthname":
        return _named(MONTHS[time.month - 1], like)
    if name == "dayname":
        return _named(DAYS[time.weekday()], like)
    if name == "half":
        return _in_case("p" if time.hour >= 12 else "a", like)
    if name == "fraction":
        return f"{time.microsecond:06d}".ljust(len(like), "0")[: len(like)]
    return like  # of the zone


def _named(name: str, like: str) -> str:
    return _in_case(name[:SHORT] if len(like) == SHORT else name, like)


def _in_case(text: str, like: str) -> str:
    if like.isupper():
        return text.upper()
    return text.lower() if like.islower() else text.capitalize()


def _plain_number(cell: str) -> Decimal | None:
    text = cell.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) and len(text) <= 40 else None


def _decimals(cell: str) -> int:
    return len(cell.strip().partition(".")[2])
