"""Rows of a text file: its encoding, its delimiter, and the cells between the delimiters.

Knows no header and no width.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmkit.core.errors import DataError
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.text_file import StandardInput, TextFile
from lmkit.forecasting.dates import is_date
from lmkit.forecasting.numbers import is_missing, is_number

STDIN = "-"
SAMPLE = 100  # rows by which the delimiter is told
LONGEST_QUOTE = 40  # characters of a cell that an error shows
HIGHEST_HEADER = 5  # lines that the cells of a header may go over

UNDIVIDED = "\x1f"  # delimiter of a table of one column: a character that no text holds
_DELIMITERS = (",", ";", "\t", "|", UNDIVIDED, " ")  # of two that fit alike, the first
_USUAL = "cp1252"  # encoding of tables that are not Unicode
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Line:
    """Line of a file."""

    number: int  # counted from 1
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of one row, without the spaces around them."""

    line: int  # where it begins
    cells: tuple[str, ...]


def quoted(cell: str) -> str:
    """Return a cell in quotes for an error, its end left out where it is long."""
    return repr(cell if len(cell) <= LONGEST_QUOTE else f"{cell[:LONGEST_QUOTE]}...")


def read_lines(path: Path) -> tuple[str, list[Line], list[str]]:
    """Read the lines of a file in the encoding that is found, be it compressed.

    Args:
        path: The file, or "-" for standard input.

    Returns:
        Name of the source, its lines, and notices about the encoding.

    Raises:
        DataError: If the file is missing, unreadable or not a text.
    """
    source = (StandardInput if str(path) == STDIN else TextFile)(str(path), SourceConfig())
    if not source.encoding.is_text:
        raise DataError(f"{source.name} is not a text; save the table as CSV")
    with source.opened(newline=None) as text:  # not `lines`, which gives advice on prose
        lines = [Line(number, line.removesuffix("\n")) for number, line in enumerate(text, start=1)]
    if source.encoding.is_detected and source.encoding.name != _USUAL:
        usual = _decoded_again(lines, source.encoding.name)
        if usual == lines or _best_fit(usual) > _best_fit(lines):
            return source.name, usual, [f"{source.name} is not UTF-8; it was read as {_USUAL}"]
    return source.name, lines, source.notices


def _decoded_again(lines: Sequence[Line], name: str) -> list[Line]:
    """Return lines that were read in a detected encoding as they are in the usual one.

    The currency signs and hard spaces of a table are too little text to detect an encoding from.
    """
    try:
        return [
            Line(line.number, line.text.encode(name).decode(_USUAL, "replace")) for line in lines
        ]
    except UnicodeEncodeError:  # some bytes stood for nothing
        return []


def _best_fit(lines: Sequence[Line]) -> float:
    sample = [line for line in lines if line.text.strip()][:SAMPLE]
    return max(_fit(sample, delimiter) for delimiter in _DELIMITERS) if sample else 0.0


def choose_delimiter(lines: Sequence[Line]) -> str:
    """Return the delimiter under which most cells are numbers or dates, in even rows.

    Args:
        lines: Lines that are not empty.
    """
    sample = lines[:SAMPLE]
    return max(_DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(lines: Sequence[Line], delimiter: str) -> float:
    """Return how well a delimiter fits, 0..1."""
    try:
        first, *rest = [row.cells for row in split_rows(lines, delimiter, "")]
    except DataError:
        return 0.0
    rows = rest or [first]
    width, even = Counter(map(len, rows)).most_common(1)[0]
    is_divided = delimiter != UNDIVIDED
    if (width > 1) != is_divided or (not is_divided and set(first[0]) & set(_DELIMITERS[:4])):
        return 0.0
    cells = [cell for row in rows for cell in row if not is_missing(cell)]
    readable = sum(is_number(cell) or is_date(cell) for cell in cells)
    is_headed = len(stripped(first)) == width or len(first) == width
    return (1.0 if is_headed else 0.5) * even / len(rows) * readable / max(1, len(cells))


def split_rows(lines: Sequence[Line], delimiter: str, name: str) -> Iterator[Row]:
    """Yield the rows of lines; the cells of a header may go over several.

    Args:
        lines: All lines of a table.
        delimiter: Character between the cells; UNDIVIDED for rows of one cell.
        name: Name of the file, for errors.

    Raises:
        DataError: If a quotation mark is never closed, or a cell is too long.
    """
    if delimiter == UNDIVIDED:
        for line in lines:
            quoted = _QUOTED.fullmatch(line.text.strip())
            yield Row(line.number, ((quoted[1] if quoted else line.text).strip(),))
        return
    taken: list[int] = []

    def texts() -> Iterator[str]:
        for line in lines:
            taken.append(line.number)
            yield f"{line.text.strip() if delimiter == ' ' else line.text}\n"

    reader = csv.reader(texts(), delimiter=delimiter, skipinitialspace=True)
    before = 0
    try:
        for cells in reader:
            if len(taken) - before > (HIGHEST_HEADER if before == 0 else 1):
                raise DataError(f"{name}: line {taken[before]} has a quotation mark without an end")
            yield Row(taken[before], tuple(" ".join(cell.split()) for cell in cells or ("",)))
            before = len(taken)
    except csv.Error as error:
        raise DataError(f"{name}: line {taken[before]} cannot be read as CSV: {error}") from error


def stripped(cells: Sequence[str]) -> tuple[str, ...]:
    """Return cells without the empty ones at the end."""
    end = max((place for place, cell in enumerate(cells, start=1) if cell), default=0)
    return tuple(cells[:end])
