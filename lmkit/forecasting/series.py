"""Series of numbers: from a CSV file to an array of times by columns.

Knows no model.
"""

import csv
import importlib.resources
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmkit.core.errors import DataError, UsageError
from lmkit.forecasting.dates import dates_ahead, read_date, season_of

Values = NDArray[np.float64]

BUNDLED_FILE = "air-passengers.csv"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Numbers observed at equal distances in time.

    Attributes:
        name: Where they come from.
        columns: Names of what was observed.
        values: Shape (time, columns).
        dates: As written, one a time; empty where the file has none.
    """

    name: str
    columns: tuple[str, ...]
    values: Values
    dates: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def part(self, start: int, end: int) -> "Series":
        """Return the observations from `start` up to, not including, `end`."""
        return replace(self, values=self.values[start:end], dates=self.dates[start:end])

    @property
    def season(self) -> int:
        """How many observations make a season, guessed from the dates; 1 where none is known."""
        return season_of(self.dates)

    def dates_ahead(self, horizon: int) -> tuple[str, ...]:
        """Return the dates of what comes next; none where the series has no even dates."""
        return dates_ahead(self.dates, horizon)


def read_series(path: Path, *, columns: Sequence[str] = ()) -> Series:
    """Read a CSV file of numbers, with a header line or none, with a column of dates or none.

    Dates are ISO dates (2024-01-31, 2024-01, 20240131 and with a time) or, beside other columns,
    years one after the other.

    Args:
        path: The file; commas, semicolons or tabs between the columns.
        columns: Which columns to keep, in this order; empty: every column of numbers.

    Raises:
        DataError: If the file is missing, empty, or a cell that should hold a number does not.
        UsageError: If a column that was asked for is not there.
    """
    rows = _read_rows(path)
    header, body = _split_header(rows, path)
    _require_even(body, len(header), path)
    _refuse_twins(header, path)
    dated = _date_column(header, body)
    names = {name: i for i, name in enumerate(header) if i != dated}
    chosen = _choose(names, columns, path)
    values = np.array(
        [
            [_number(row[names[name]], name, line, path) for name in chosen]
            for line, row in enumerate(body, start=len(rows) - len(body) + 1)
        ]
    )
    dates = tuple(row[dated].strip() for row in body) if dated is not None else ()
    return Series(path.stem, chosen, values, dates)


def air_passengers() -> Series:
    """Return the bundled series: 144 months of airline passengers, 1949 to 1960."""
    packaged = importlib.resources.files("lmkit.data").joinpath("bundled", BUNDLED_FILE)
    if packaged.is_file():
        with importlib.resources.as_file(packaged) as path:
            return read_series(path)
    # An editable install reads the data folder of the checkout.
    return read_series(Path(__file__).resolve().parents[2] / "data" / BUNDLED_FILE)


def _read_rows(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no UTF-8 text; a series is read from a CSV file") from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    is_blank = [not any(cell.strip() for cell in row) for row in rows]
    while is_blank and is_blank[-1]:
        is_blank.pop()
    if not is_blank:
        raise DataError(f"{path} is empty; give a CSV file of numbers")
    if any(is_blank):
        line = is_blank.index(True) + 1
        raise DataError(f"{path}: line {line} is empty; fill gaps before forecasting")
    return rows[: len(is_blank)]


def _split_header(rows: list[list[str]], path: Path) -> tuple[list[str], list[list[str]]]:
    """Return column names and rows; names are made up where the first row holds numbers."""
    if any(_is_number(cell) for cell in rows[0]):
        return [f"column {number}" for number in range(1, len(rows[0]) + 1)], rows
    if len(rows) == 1:
        raise DataError(f"{path} has a header and no numbers")
    return [cell.strip() for cell in rows[0]], rows[1:]


def _require_even(body: list[list[str]], width: int, path: Path) -> None:
    for number, row in enumerate(body, start=1):
        if len(row) != width:
            raise DataError(f"{path}: row {number} has {len(row)} cells, the first has {width}")


def _date_column(header: Sequence[str], body: list[list[str]]) -> int | None:
    """Return which column holds dates; none of a file that has but one."""
    columns = range(len(header)) if len(header) > 1 else ()
    return next((i for i in columns if _are_dates([row[i] for row in body])), None)


def _are_dates(cells: Sequence[str]) -> bool:
    """Tell dates by the first of them, or by all where they look like numbers.

    Those are rising days (20240131), or years one after the other.
    """
    if not _is_number(cells[0]):
        return read_date(cells[0]) is not None
    times = [time for cell in cells if (time := read_date(cell)) is not None]
    if len(times) < len(cells) or len({len(cell.strip()) for cell in cells}) > 1:
        return False
    years = [time.year for time in times]
    if len(cells[0].strip()) == len("1949"):
        return years == list(range(years[0], years[0] + len(years)))
    return times == sorted(set(times))


def _refuse_twins(header: Sequence[str], path: Path) -> None:
    twins = [name for number, name in enumerate(header) if name in header[:number]]
    if twins:
        raise DataError(f"{path} has two columns named {twins[0]!r}; give each a name of its own")


def _choose(names: Mapping[str, int], wanted: Sequence[str], path: Path) -> tuple[str, ...]:
    for name in wanted:
        if name not in names:
            raise UsageError(f"{path} has no column {name!r}; it has {', '.join(names)}")
    return tuple(wanted) or tuple(names)


def _number(cell: str, column: str, line: int, path: Path) -> float:
    if not _is_number(cell):
        raise DataError(
            f"{path}: line {line}, column {column!r} holds {cell!r}, which is neither a "
            "number nor a date such as 2024-01-31; fill gaps, or choose other columns"
        )
    return float(cell)


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
