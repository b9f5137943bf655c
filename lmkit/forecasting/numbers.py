"""Numbers as people write them: decimal marks, thousands, per cents, currencies.

How a number is to be read is decided by its whole column, and by the other columns where that is
not enough. Knows no dates.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lmkit.core.errors import DataError

DecimalMark = Literal["auto", "point", "comma"]

MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "<na>", "null", "none", "nil", "missing", "?"}
    | {"-", "--", "–", "—", ".", "..", "...", "…"}
)
LONG = 5  # digits that nobody writes in one where the column has thousands set apart

_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " ") | {"\u2019": "'"})
_BODY = r"(?P<body>(?:[0-9][0-9.,'_ ]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?)"
_AMOUNT = re.compile(rf"(?P<sign>[-+]?) ?\$? ?(?P<inner>[-+]?) ?{_BODY} ?(?P<percent>%?) ?\$?")
_PLAIN = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Column read as numbers.

    Attributes:
        values: One for each cell; nan where a cell is empty or says that its value is missing.
        unreadable: Positions of the cells that are no numbers, or not written like the others.
        example: Position of a cell that a program would not read so; None where there is none.
    """

    values: tuple[float, ...]
    unreadable: tuple[int, ...] = ()
    example: int | None = None


@dataclass(frozen=True, slots=True)
class _Amount:
    """Cell taken apart: its digits, and what stands around them."""

    body: str
    is_negative: bool = False
    currency: str = ""
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    """Column read with one decimal mark."""

    mark: str
    values: tuple[float | None, ...]  # None: no number with this mark
    is_consistent: bool  # thousands are set apart everywhere or nowhere, by one character

    @property
    def unreadable(self) -> tuple[int, ...]:
        return tuple(place for place, value in enumerate(self.values) if value is None)


def is_missing(cell: str) -> bool:
    """Tell whether a cell is empty or says that a value is missing, such as NA."""
    return cell.strip().casefold() in MISSING


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number, with whichever decimal mark."""
    amount = _amount_of(cell)
    return amount is not None and any(_value_of(amount, mark) is not None for mark in ".,")


def read_numbers(
    columns: Mapping[str, Sequence[str]], *, decimal: DecimalMark = "auto", delimiter: str = ","
) -> dict[str, Numbers]:
    """Read columns of numbers.

    Args:
        columns: Cells by the name of the column.
        decimal: Decimal mark; "auto": decided by each column.
        delimiter: Character between the columns of the file: where it is a semicolon, a point
            is likely to set thousands apart.

    Returns:
        Numbers by the name of the column.

    Raises:
        DataError: If a column may be read in two ways.
    """
    marks = {"auto": ".,", "point": ".", "comma": ","}[decimal]
    amounts = {name: [_amount_of(cell) for cell in cells] for name, cells in columns.items()}
    readings = {name: _readings(cells, amounts[name], marks) for name, cells in columns.items()}
    certain = {
        found[0].mark for found in readings.values() if len(found) == 1 and not found[0].unreadable
    }
    numbers = {}
    for name, cells in columns.items():
        found = readings[name]
        mark = found[0].mark
        if len(found) > 1 and not found[0].unreadable and found[0].values != found[1].values:
            known = next(iter(certain)) if len(certain) == 1 else ""
            mark = known or _likely_mark(amounts[name], delimiter) or _refuse(name, cells, found)
        chosen = next(reading for reading in found if reading.mark == mark)
        numbers[name] = _numbers(cells, amounts[name], chosen)
    return numbers


def _readings(
    cells: Sequence[str], amounts: Sequence[_Amount | None], marks: str
) -> list[_Reading]:
    """Return the readings of a column that leave the fewest cells unread."""
    found = [_read(cells, amounts, mark) for mark in marks]
    fewest = min(len(reading.unreadable) for reading in found)
    found = [reading for reading in found if len(reading.unreadable) == fewest]
    return [reading for reading in found if reading.is_consistent] or found


def _read(cells: Sequence[str], amounts: Sequence[_Amount | None], mark: str) -> _Reading:
    values = [
        math.nan if is_missing(cell) else _value_of(amount, mark) if amount else None
        for cell, amount in zip(cells, amounts, strict=True)
    ]
    wholes = [amount.body.partition(mark)[0] for amount in amounts if amount]
    apart = {character for whole in wholes for character in whole if not character.isdigit()}
    is_long = any(len(whole) >= LONG and whole.isdigit() for whole in wholes)
    return _Reading(mark, tuple(values), not apart or (len(apart) == 1 and not is_long))


def _likely_mark(amounts: Sequence[_Amount | None], delimiter: str) -> str:
    """Return the likely decimal mark of a column whose marks stand before three digits each.

    Decimals are written throughout, or end in fewer digits now and then; whole numbers beside
    them speak for thousands. Returns "" where the column may be either.
    """
    bodies = [amount.body for amount in amounts if amount]
    used = {character for body in bodies for character in body if character in ".,"}
    is_throughout = all("." in body or "," in body for body in bodies)
    if used == {","} and delimiter != ";":
        return "." if delimiter == "," or not is_throughout else ""
    if used == {"."} and delimiter == ";":
        return "" if is_throughout else ","
    return "." if used == {"."} and is_throughout else ""


def _refuse(name: str, cells: Sequence[str], readings: Sequence[_Reading]) -> str:
    """Raise an error that shows a cell which may be read in two ways."""
    first, second = readings
    both = zip(cells, first.values, second.values, strict=True)
    cell, *values = next(found for found in both if found[1] != found[2])
    shown = " or ".join(f"{value:.15g}" for value in values if value is not None)
    raise DataError(
        f"{cell.strip()!r} in column {name!r} may be {shown}; say which with --decimal point or "
        "--decimal comma"
    )


def _numbers(cells: Sequence[str], amounts: Sequence[_Amount | None], reading: _Reading) -> Numbers:
    others = _other_units(amounts)
    values = [None if place in others else value for place, value in enumerate(reading.values)]
    unlike = (place for place, value in enumerate(values) if value != _plain_value(cells[place]))
    return Numbers(
        tuple(math.nan if value is None else value for value in values),
        tuple(place for place, value in enumerate(values) if value is None),
        next((place for place in unlike if amounts[place] and not is_missing(cells[place])), None),
    )


def _plain_value(cell: str) -> float | None:
    """Return the number that a program reads; None where it reads none."""
    stripped = cell.strip()  # of more characters than float() passes over
    return float(stripped) if _PLAIN.fullmatch(stripped) else None


def _other_units(amounts: Sequence[_Amount | None]) -> frozenset[int]:
    """Return the positions of amounts in another unit than most: per cent, another currency."""
    percent = Counter(amount.is_percent for amount in amounts if amount)
    currency = Counter(amount.currency for amount in amounts if amount and amount.currency)
    usual = percent.most_common(1)[0][0] if percent else False
    money = currency.most_common(1)[0][0] if currency else ""
    return frozenset(
        place
        for place, amount in enumerate(amounts)
        if amount and (amount.is_percent != usual or amount.currency not in ("", money))
    )


def _amount_of(cell: str) -> _Amount | None:
    """Take a cell apart; None where it is no number."""
    text = cell.strip().translate(_SPACES).replace("\u2212", "-")
    if _PLAIN.fullmatch(text):
        return _Amount(text.lstrip("+-"), text.startswith("-"))
    is_bracketed = text.startswith("(") and text.endswith(")")
    text = text[1:-1].strip() if is_bracketed else text
    symbols = [character for character in text if unicodedata.category(character) == "Sc"]
    for symbol in symbols[:1]:
        text = text.replace(symbol, "$")
    match = _AMOUNT.fullmatch(text) if len(symbols) < 2 else None
    if match is None or len(match["sign"] + match["inner"]) + is_bracketed > 1:
        return None
    is_negative = is_bracketed or "-" in (match["sign"], match["inner"])
    currency, is_percent = "".join(symbols), bool(match["percent"])
    return _Amount(match["body"].strip(), is_negative, currency, is_percent)


def _value_of(amount: _Amount, mark: str) -> float | None:
    """Return the value with a decimal mark; None where the digits cannot be read with it."""
    match = _PATTERNS[mark].fullmatch(amount.body)
    if match is None:
        return None
    whole = re.sub("[^0-9]", "", match["whole"])
    value = float(f"{whole or 0}.{match['fraction'] or 0}{match['exponent'] or ''}")
    if not math.isfinite(value):
        return None
    return -value if amount.is_negative else value


def _pattern(mark: str, other: str) -> re.Pattern[str]:
    """Return the pattern of digits with a decimal mark, thousands apart or not."""
    apart = f"(?P<apart>[{other}'_ ])"
    thousands = f"[1-9][0-9]{{0,2}}{apart}[0-9]{{3}}(?:(?P=apart)[0-9]{{3}})*"
    lakhs = rf"[1-9][0-9]?(?:(?P<lakh>[{other}])[0-9]{{2}})+(?P=lakh)[0-9]{{3}}"
    fraction = rf"(?:\{mark}(?P<fraction>[0-9]*))?(?P<exponent>[eE][-+]?[0-9]+)?"
    return re.compile(rf"(?P<whole>{thousands}|{lakhs}|[0-9]*){fraction}")


_PATTERNS = {".": _pattern(".", ","), ",": _pattern(",", ".")}
