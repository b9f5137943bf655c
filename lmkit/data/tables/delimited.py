"""Delimited text (CSV and its kin): the texts of one column, row by row."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from lmkit.core.errors import DataError
from lmkit.data.tables.layout import Layout, detect_layout
from lmkit.data.tables.report import RowReport
from lmkit.data.tables.rows import Row

_SAMPLE_LINES = 500
_SAMPLE_CHARACTERS = 1 << 17
_ADVICE = (
    "give each row as many cells as the header has names, and put texts that hold the delimiter "
    "in quotes"
)
_SHOWN = 40  # characters of a cell in a message

Opener = Callable[[], AbstractContextManager[Iterable[str]]]


@dataclass(frozen=True, slots=True)
class DelimitedTable:
    """A table of delimited text.

    Attributes:
        name: Its name, for messages.
        open_lines: Opens its lines, with their line ends, from the first.
        delimiter: Where the kind of file gives it.
    """

    name: str
    open_lines: Opener
    delimiter: str = ""

    def texts(self, column: str, notices: list[str]) -> Iterator[str]:
        """Yield the text of each row.

        Args:
            column: Name of the column, or its number from 1 where no column has it as a name.
            notices: Extended by what a user should know, at the end.

        Yields:
            Texts as written, line ends inside included; an empty cell gives none.

        Raises:
            DataError: If there is no such column, or too many rows cannot be read.
        """
        layout = self._layout(column)
        index = _index(layout, column, self.name)
        report = RowReport(self.name, advice=_ADVICE)
        with self.open_lines() as lines:
            for row in layout.rows(lines):
                if layout.is_header(row):
                    report.headers += 1
                elif text := _text(row, layout, index, report):
                    yield text
        notices += [*_layout_notices(layout, column, self.name), *report.finish()]

    def cells(self, header: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield the cells of each row of a table whose columns are known.

        Args:
            header: Names of all columns, in their order; capitals and spaces make no difference.

        Yields:
            The number of the row, from 1 with the header counted, and its cells.

        Raises:
            DataError: If the columns are others, or a row has not a cell for each; the row is
                named.
        """
        layout = self._layout(header[0])
        names = [name.strip().casefold() for name in layout.names or layout.first]
        if names != [name.casefold() for name in header]:
            raise DataError(
                f"{self.name} has the header {','.join(names)!r}, not {','.join(header)!r}"
            )
        with self.open_lines() as lines:
            for row in layout.rows(lines):
                if len(row.cells) != layout.width:
                    raise DataError(
                        f"{self.name}: row {row.number} has {_cells(len(row.cells))}, not "
                        f"{layout.width}; {_ADVICE}"
                    )
                yield row.number, tuple(map(row.dialect.value, row.cells))

    def _layout(self, column: str) -> Layout:
        sample: list[str] = []
        held = 0
        is_whole = True
        with self.open_lines() as lines:
            for line in lines:
                if len(sample) == _SAMPLE_LINES or held > _SAMPLE_CHARACTERS:
                    is_whole = False
                    break
                sample.append(line)
                held += len(line)
        is_usual = any(self.delimiter in line for line in sample)  # a .tsv may be cut by commas
        usual = self.delimiter if is_usual else ""
        return detect_layout(sample, column, delimiter=usual, is_whole=is_whole)


def _index(layout: Layout, column: str, name: str) -> int:
    """Return the place of a column among the cells of a row."""
    if layout.has_unnamed_index:
        raise DataError(
            f"{name}: row {layout.skipped + 2} has more cells than the {layout.width} that the "
            "header names, and each row begins with a number that counts it; name that column "
            f"too: row,{','.join(layout.names)}"
        )
    found = _places(layout.names, column)
    if layout.width == 1 and not found and _is_cut_otherwise(layout.first, column):
        raise DataError(
            f"{name}: its first line {_shortened(layout.first[0])!r} names the column {column!r}, "
            "but no comma, semicolon, tab or bar separates it from the others; save the "
            "table with commas"
        )
    if len(found) == 1 or (not found and layout.width == 1 and not column.isdecimal()):
        return found[0] if found else 0
    if len(found) > 1:
        numbers = " or ".join(f"--column {place + 1}" for place in found)
        raise DataError(f"{name} has {len(found)} columns named {column!r}; choose {numbers}")
    if column.isdecimal() and 1 <= int(column) <= layout.width:
        return int(column) - 1
    raise DataError(_no_column(layout, column, name))


def _is_cut_otherwise(first: Sequence[str], column: str) -> bool:
    """Tell whether the first line names a column between signs that part no cells here."""
    line = first[0].strip() if first else ""
    parts = re.split(r"[^\w.-]", line)
    return len(parts) > 1 and column in parts and all(parts) and " " not in line


def _places(names: tuple[str, ...], column: str) -> list[int]:
    """Return where a name stands: as it is written, else in other capitals."""
    exact = [place for place, name in enumerate(names) if name == column]
    folded = column.casefold()
    return exact or [place for place, name in enumerate(names) if name.casefold() == folded]


def _no_column(layout: Layout, column: str, name: str) -> str:
    if column.isdecimal():
        return f"{name} has {layout.width} columns, so there is no --column {column}"
    cells = layout.first
    longest = max(range(len(cells)), key=lambda place: len(cells[place]), default=0) + 1
    if layout.names:
        there = ", ".join(filter(None, layout.names))
        return (
            f"{name} has no column {column!r}; choose one with --column: {there}; or, if that "
            f"first row is no header, by its number, e.g. --column {longest}"
        )
    shown = ", ".join(repr(_shortened(cell)) for cell in cells)
    return (
        f"{name} has no header line: its first row is {shown}; say which column holds the text "
        f"by its number, e.g. --column {longest}"
    )


def _text(row: Row, layout: Layout, index: int, report: RowReport) -> str:
    """Return the text of a row; nothing where it has none, which is then reported."""
    report.rows += 1
    extra = len(row.cells) - layout.width
    if extra <= 0:
        if index < len(row.cells):
            return row.dialect.value(row.cells[index])
        report.pass_over(row.number, f"has {_cells(len(row.cells))}, not {layout.width}")
        return ""
    has_nothing = not any(cell.strip() for cell in row.cells)
    if has_nothing or (extra > 1 and not any(row.cells[layout.width :])):
        # delimiters alone, as spreadsheets write them
        return row.dialect.value(row.cells[index])
    cells = row.cells[index : index + extra + 1]
    if any(map(row.dialect.is_quoted, cells)):  # a quoted cell is whole: it is not a part
        report.pass_over(row.number, f"has {_cells(len(row.cells))}, not {layout.width}")
        return ""
    report.join(row.number, f"has {len(row.cells)}, not {layout.width}")
    return row.dialect.value(row.dialect.delimiter.join(cells))


def _layout_notices(layout: Layout, column: str, name: str) -> list[str]:
    notices = []
    if layout.names and not _places(layout.names, column):
        notices.append(f"{name}: its first row ({', '.join(layout.names)}) was taken as the header")
    elif not layout.names and layout.width > 1:
        notices.append(f"{name} has no header line: its first row was read as text too")
    elif not layout.names:
        notices.append(
            f"{name} has one column and no header {column!r}: every line was read as text"
        )
    if layout.preamble:
        lines = "line" if layout.preamble == 1 else f"{layout.preamble} lines"
        notices.append(f"{name}: skipped the {lines} before the table")
    return notices


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
