"""Series of numbers: from a table to an array of times by columns, in the order of its dates.

What the file does not say for certain is refused, or told in a notice. Knows no model.
"""

import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmkit.core.errors import DataError
from lmkit.forecasting.columns import Columns, column_name, find_columns
from lmkit.forecasting.dates import DateOrder, dates_ahead, season_of
from lmkit.forecasting.layout import unfold
from lmkit.forecasting.numbers import DecimalMark, Numbers, is_number, read_numbers
from lmkit.forecasting.order import Gaps, place_in_order
from lmkit.forecasting.rows import STDIN, quoted
from lmkit.forecasting.table import ADVICE, Table, read_table

Values = NDArray[np.float64]

BUNDLED_FILE = "air-passengers.csv"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Numbers observed at equal distances in time.

    Attributes:
        name: Name of the file that they come from.
        columns: Names of what was observed.
        values: Shape (time, columns).
        dates: As written, one for each time; empty where the file has none.
        date_order: Order of day, month and year in the dates, where all three are numbers.
        notices: Lines about the reading that the user should know.
    """

    name: str
    columns: tuple[str, ...]
    values: Values
    dates: tuple[str, ...] = ()
    date_order: DateOrder = "auto"
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def part(self, start: int, end: int) -> "Series":
        """Return the observations from `start` up to, not including, `end`."""
        return replace(self, values=self.values[start:end], dates=self.dates[start:end])

    @property
    def season(self) -> int:
        """Number of observations in a season, guessed from the dates; 1 where none is known."""
        return season_of(self.dates, self.date_order)

    def dates_ahead(self, horizon: int) -> tuple[str, ...]:
        """Return the dates of what comes next; none where the series has no even dates."""
        return dates_ahead(self.dates, horizon, self.date_order)


_PLAIN = "write numbers like 1234.5, without words or units, and dates like 2010-01-31"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingConfig:
    """Reading of a table, where it does not say itself what it means."""

    gaps: Gaps = "refuse"  # missing dates and values; fill: a straight line; keep: dates alone
    decimal: DecimalMark = "auto"  # mark before the decimals
    date_order: DateOrder = "auto"  # of dates such as 01/02/2010


def read_series(
    path: Path, *, columns: Sequence[str] = (), config: ReadingConfig | None = None
) -> Series:
    """Read a table of numbers, with a header or none, with dates or none.

    Args:
        path: File in CSV, with commas, semicolons, tabs, bars or spaces between the columns; it
            may be compressed. "-" stands for standard input.
        columns: Names of the columns to keep, in this order; empty: every column of numbers that
            is neither dates nor an index.
        config: How to read what is not certain.

    Returns:
        The series, oldest first.

    Raises:
        DataError: If the file is missing, empty or no table, if a cell that should hold a number
            or a date does not, or if dates are missing or twice there.
        UsageError: If a column that was asked for is not there.
    """
    config = config or ReadingConfig()
    table = read_table(path)
    table = table if columns else unfold(table)
    found = find_columns(table, columns, date_order=config.date_order)
    if len(table.rows) == 1 and len(found.values) > 2:
        raise DataError(
            f"{table.name} is one row of {len(found.values)} numbers; write one on each line"
        )
    numbers = _read_values(table, found, config.decimal)
    ordered = place_in_order(table, found, _stacked(numbers), gaps=config.gaps)
    return Series(
        _series_name(path),
        tuple(numbers),
        ordered.values,
        ordered.dates,
        found.dates.order if found.dates else "auto",
        (*table.notices, *found.notices, *_notices(table, found, numbers), *ordered.notices),
    )


def air_passengers() -> Series:
    """Return the bundled series: 144 months of airline passengers, 1949 to 1960."""
    packaged = importlib.resources.files("lmkit.data").joinpath("bundled", BUNDLED_FILE)
    if packaged.is_file():
        with importlib.resources.as_file(packaged) as path:
            return read_series(path)
    # An editable install reads the data folder of the checkout.
    return read_series(Path(__file__).resolve().parents[2] / "data" / BUNDLED_FILE)


def _series_name(path: Path) -> str:
    if str(path) == STDIN:
        return "standard input"
    return Path(path.stem).stem if path.suffix in (".gz", ".xz") else path.stem


def _read_values(table: Table, found: Columns, decimal: DecimalMark) -> dict[str, Numbers]:
    """Return the numbers of every column, by its name."""
    cells = {column_name(table, place): table.column(place) for place in found.values}
    readable = [name for name, column in cells.items() if any(map(is_number, column))]
    for name in [name for name in cells if name not in readable][:1]:
        cell = next((cell for cell in cells[name] if cell), "")
        held = f" ({quoted(cell)})" if cell else ""
        choice = f"choose with --column: {', '.join(readable)}" if readable else _PLAIN
        advice = f"; {choice}"
        raise DataError(
            f"{table.name}: column {name!r} holds neither numbers nor dates that can be read"
            f"{held}{advice}"
        )
    try:
        numbers = read_numbers(cells, decimal=decimal, delimiter=table.delimiter)
    except DataError as error:
        raise DataError(f"{table.name}: {error}") from None
    for name, column in numbers.items():
        for place in column.unreadable[:1]:
            line, cell = table.rows[place].line, quoted(cells[name][place])
            raise DataError(
                f"{table.name}: line {line}, column {name!r} holds {cell}, which is not a "
                "number, or not written like the others; correct it, choose other columns with "
                f"--column, or {ADVICE}"
            )
    return numbers


def _stacked(numbers: dict[str, Numbers]) -> Values:
    """Return columns as an array of times by columns."""
    return np.array([column.values for column in numbers.values()], dtype=np.float64).T


def _notices(table: Table, found: Columns, numbers: dict[str, Numbers]) -> list[str]:
    """Say how dates and numbers are read that another program may read otherwise."""
    notices = []
    if found.dates and not found.dates.is_plain:
        cell, time = found.dates.example
        notices.append(f"dates are read as {found.dates.form.name}: {cell} is {time}")
    for place, (name, column) in zip(found.values, numbers.items(), strict=True):
        if column.example is not None:
            cell = table.rows[column.example].cells[place]
            value = f"{column.values[column.example]:.15g}"
            notices.append(f"{cell!r} in column {name!r} is read as {value}")
    return [f"{table.name}: {notice}" for notice in notices]
