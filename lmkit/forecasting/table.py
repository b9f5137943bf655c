"""Table of numbers: rows of equal width beneath a header, without comments.

No cell is moved to another column: a row of another width is refused. Knows no series.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmkit.core.errors import DataError
from lmkit.forecasting.dates import is_date
from lmkit.forecasting.numbers import is_missing, is_number
from lmkit.forecasting.rows import (
    SAMPLE,
    UNDIVIDED,
    Line,
    Row,
    choose_delimiter,
    quoted,
    read_lines,
    split_rows,
    stripped,
)

ADVICE = "delete titles, totals and notes, or begin their lines with #"

_DECLARED = re.compile(r'"?sep=(.)"?', re.IGNORECASE)  # first line that spreadsheets write

# a line that begins with #, but not with the error of a spreadsheet
_COMMENT = re.compile(r"\s*#(?!(?:N/A|REF!|DIV/0!|VALUE!|NUM!|NAME\?|NULL!))")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal width.

    Attributes:
        name: Name of the file, for errors.
        header: Names of the columns; "" for a column without one.
        rows: Rows beneath the header, in the order of the file.
        delimiter: Character between the columns.
        has_header: Whether the names are those of the file.
        notices: Lines about the reading that the user should know.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    delimiter: str
    has_header: bool = True
    notices: tuple[str, ...] = ()

    def column(self, place: int) -> tuple[str, ...]:
        """Return the cells of a column."""
        return tuple(row.cells[place] for row in self.rows)

    def keep(self, places: Sequence[int]) -> "Table":
        """Return some columns, in the order asked for."""
        rows = tuple(Row(row.line, tuple(row.cells[at] for at in places)) for row in self.rows)
        header = tuple(self.header[at] for at in places)
        return Table(self.name, header, rows, self.delimiter, self.has_header, self.notices)


def read_table(path: Path) -> Table:
    """Read a table from a file, be it compressed, or from standard input ("-").

    Args:
        path: File with commas, semicolons, tabs, bars or spaces between the columns, in any
            encoding that is found for texts.

    Raises:
        DataError: If the file is missing, empty, not a text, or has rows of several widths.
    """
    name, lines, notices = read_lines(path)
    declared = _DECLARED.fullmatch(lines[0].text.strip()) if lines else None
    lines = lines[1:] if declared else lines
    comments = [line for line in lines if _COMMENT.match(line.text)]
    body = [line for line in lines if not _COMMENT.match(line.text)]
    filled = [line for line in body if line.text.strip()]
    if not filled:
        raise DataError(f"{name} is empty; give a CSV file of numbers")
    if filled[0].text.lstrip().startswith(("{", "[")):
        raise DataError(f"{name} is JSON, but a series is read from a table; save it as CSV")
    body = [line for line in body if filled[0].number <= line.number <= filled[-1].number]
    delimiter = declared[1] if declared else choose_delimiter(filled)
    rows = list(split_rows(body, delimiter, name))
    heading = _heading(comments, filled[0], delimiter)
    table = _with_header(name, rows, heading, delimiter)
    names = heading.line if heading and table.header == heading.cells else None
    passed = [line.number for line in comments if line.number != names]
    notices += [f"{name}: {_comments_passed(passed)}"] if passed else []
    return _without_empty_columns(table, tuple(notices))


def _heading(comments: Sequence[Line], first: Line, delimiter: str) -> Row | None:
    """Return the comment right above the rows, if it has as many cells as they."""
    above = [line for line in comments if line.number < first.number]
    if not above or delimiter == UNDIVIDED:
        return None
    bare = Line(above[-1].number, above[-1].text.lstrip().removeprefix("#"))
    (heading,) = split_rows([bare], delimiter, "")
    (row,) = split_rows([first], delimiter, "")
    return heading if len(heading.cells) == len(row.cells) else None


def _with_header(name: str, rows: list[Row], heading: Row | None, delimiter: str) -> Table:
    first, *rest = rows
    has_names = _is_header(first, [row for row in rest if any(row.cells)][:SAMPLE])
    body = rest if has_names else rows
    names = first if has_names else heading
    if not any(any(row.cells) for row in body):
        raise DataError(f"{name} has a header but no numbers")
    width = _usual_width(body, len(stripped(names.cells)) if names else 0)
    if width > 1:
        body = [row for row in body if any(row.cells)]
    header = tuple(f"column {number}" for number in range(1, width + 1))
    if names:
        header = _header_of_width(names, width, body, name)
    body = [_row_of_width(row, width, name) for row in body]
    return Table(name, header, tuple(body), delimiter, has_header=names is not None)


def _is_header(first: Row, rest: Sequence[Row]) -> bool:
    """Tell a header: some cell is of another kind than those beneath it, but not the first.

    A date above dates, or a number above numbers, in the first column belongs to the rows.
    """
    if not rest:
        return not any(_kind(cell) == "number" for cell in first.cells)
    kinds = [_kind(cell) for cell in first.cells]
    below = [_usual_kind(row.cells[place] for row in rest if place < len(row.cells))
             for place in range(len(kinds))]  # fmt: skip
    if not first.cells[0]:  # pandas and R leave the name of the index out
        return len(kinds) > 1 and all(row.cells[0] for row in rest)
    if kinds[0] == below[0] != "text":
        return _are_years(first.cells) and not _are_years(rest[0].cells)
    both = zip(kinds, below, strict=True)
    return any(kind not in ("missing", usual) and usual != "missing" for kind, usual in both)


def _usual_kind(cells: Iterable[str]) -> str:
    """Return the kind of most cells, leaving out those that are missing."""
    kinds = Counter(kind for cell in cells if (kind := _kind(cell)) != "missing")
    return kinds.most_common(1)[0][0] if kinds else "missing"


def _are_years(cells: Sequence[str]) -> bool:
    """Tell whether cells are three years or more, one after the other."""
    is_whole = all(cell.isdecimal() and len(cell) == len("1958") for cell in cells)
    return is_whole and len(cells) > 2 and _are_counted(cells, start=int(cells[0]))


def _kind(cell: str) -> str:
    if is_missing(cell):
        return "missing"
    if is_number(cell):
        return "number"
    return "date" if is_date(cell) else "text"


def _usual_width(rows: Sequence[Row], names: int) -> int:
    """Return the width of most rows, without the columns at the end that hold nothing.

    Args:
        rows: Rows beneath the header.
        names: Number of names in the header.
    """
    filled = [row.cells for row in rows if any(row.cells)]
    width = Counter(map(len, filled)).most_common(1)[0][0]
    longest = max(len(stripped(cells)) for cells in filled if len(cells) == width)
    return max(1, longest, min(names, width))


def _header_of_width(names: Row, width: int, rows: Sequence[Row], name: str) -> tuple[str, ...]:
    header = names.cells
    if len(header) > width:
        header = (*header[:width], *stripped(header[width:]))
    first = [row.cells[0] for row in rows]
    if len(header) == width - 1 and any(_are_counted(first, start=start) for start in (0, 1)):
        return ("", *header)  # R names the columns, and not that of the row numbers
    if len(header) != width:
        raise DataError(
            f"{name}: line {names.line} has {_cells(len(header))} where the others have {width}; "
            f"{ADVICE}, and put cells that hold the delimiter in quotes"
        )
    return header


def _are_counted(cells: Sequence[str], *, start: int) -> bool:
    """Tell whether cells are whole numbers, one after the other."""
    return all(cell == str(number) for number, cell in enumerate(cells, start))


def _row_of_width(row: Row, width: int, name: str) -> Row:
    cells = (*row.cells[:width], *stripped(row.cells[width:]))
    if len(cells) == width:
        return Row(row.line, cells)
    shown = f" ({quoted(cells[0])})" if len(cells) == 1 else ""
    raise DataError(
        f"{name}: line {row.line} has {_cells(len(cells))}{shown} where the others have {width}; "
        f"{ADVICE}, and put cells that hold the delimiter in quotes"
    )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _comments_passed(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers[:3])) + (" ..." if len(numbers) > 3 else "")
    if len(numbers) == 1:
        return f"line {listed} begins with # and is skipped"
    return f"lines {listed} begin with # and are skipped"


def _without_empty_columns(table: Table, notices: tuple[str, ...]) -> Table:
    """Drop the columns that hold nothing; one that has a name is told of."""
    places = range(len(table.header))
    kept = [place for place in places if any(table.column(place))]
    dropped = [
        f"{table.name}: column {table.header[place]!r} is empty and is left out"
        for place in places
        if place not in kept and table.has_header and table.header[place]
    ]
    return replace(table.keep(kept), notices=(*notices, *dropped))
