"""Rows of delimited text, cut into cells exactly as they are written; memory holds one row.

A quoted cell may reach over many lines. Where the quotes of a row do not hold (one is never closed,
or text follows the closing one), only its first line is the row, so that one stray quote cannot
swallow the rows after it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lmkit.data.tables.dialect import BACKSLASH, Dialect

LARGEST_CELL = 1 << 24  # characters; a quote that is open for longer was never meant to be one

_LINE_ENDS = "\r\n"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a delimited file.

    Attributes:
        number: Its place in the file, counted from 1 as spreadsheets do.
        cells: As written, quotes and escapes included; joined by the delimiter they are the row.
        dialect: How they are written.
        is_sound: Whether its quotes hold.
        is_open: Whether a quote is open where the text ends.
    """

    number: int
    cells: list[str]
    dialect: Dialect
    is_sound: bool = True
    is_open: bool = False


def split_rows(
    lines: Iterable[str], dialect: Dialect, *, width: int = 0, before: int = 0
) -> Iterator[Row]:
    """Cut lines into rows; empty lines give none.

    Args:
        lines: With their line ends.
        dialect: How the rows are written.
        width: Cells of a row, if known: a row whose quotes do not hold is cut so that it has them.
        before: Rows that stand before the first line.

    Yields:
        The rows.
    """
    source = _Lines(lines)
    whole = _Cutter(dialect, source)
    others = _others(dialect, source) if width else []
    number = before
    while (line := source.take()) is not None:
        number += 1
        if not line.strip(" \r\n"):
            continue
        cells = whole.cells(line)
        if cells is not None:
            yield Row(number, cells, dialect)
            continue
        is_open = whole.is_open
        cells, found = _mended(line, others, dialect, width)
        yield Row(number, cells, found, is_sound=False, is_open=is_open)


def _others(dialect: Dialect, source: "_Lines") -> list["_Cutter"]:
    """Return other ways to cut a row whose quotes do not hold."""
    if not dialect.quote or not dialect.delimiter:
        return []
    escaped = replace(dialect, escape="" if dialect.escape else BACKSLASH)
    return [_Cutter(escaped, source), _Cutter(replace(dialect, is_lenient=True), source)]


def _mended(
    line: str, others: list["_Cutter"], dialect: Dialect, width: int
) -> tuple[list[str], Dialect]:
    """Return the cells of a row whose quotes do not hold, cut in the first way that gives `width`.

    Where none does, its quotes are characters like others.
    """
    for other in others:
        cells = other.cells(line)
        if cells is not None and len(cells) == width:
            return cells, other.dialect
        other.put_back()
    text = line.rstrip(_LINE_ENDS)
    cells = text.split(dialect.delimiter) if dialect.delimiter else [text]
    return cells, replace(dialect, quote="")


class _Lines:
    """Lines that can be put back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rest = iter(lines)
        self._back: deque[str] = deque()

    def take(self) -> str | None:
        """Return the next line; None at the end."""
        return self._back.popleft() if self._back else next(self._rest, None)

    def put_back(self, lines: Iterable[str]) -> None:
        self._back.extendleft(reversed(list(lines)))


class _Cutter:
    """Cuts one row at a time into cells.

    Attributes:
        dialect: How rows are written.
        is_open: Whether the last row failed because a quote was never closed.
    """

    def __init__(self, dialect: Dialect, source: _Lines) -> None:
        self.dialect = dialect
        self.is_open = False
        self._source = source
        self._taken: list[str] = []

    def cells(self, line: str) -> list[str] | None:
        """Return the cells of the row that begins with a line, taking as many as it needs.

        Returns:
            Cells as written; None if the quotes do not hold, and only the line is then taken.
        """
        self._taken, self.is_open = [], False
        quote, escape = self.dialect.quote, self.dialect.escape
        if (not quote or quote not in line) and (not escape or escape not in line):
            text = line.rstrip(_LINE_ENDS)
            return text.split(self.dialect.delimiter) if self.dialect.delimiter else [text]
        cells = self._cut(line)
        if cells is None:
            self.put_back()
        return cells

    def put_back(self) -> None:
        """Give back the lines that the last row took after its first."""
        self._source.put_back(self._taken)
        self._taken = []

    def _cut(self, text: str) -> list[str] | None:
        cells: list[str] = []
        at = 0
        while True:
            found = self._cell_end(text, at)
            if found is None:
                return None
            text, end = found
            cells.append(text[at:end])
            if not self.dialect.delimiter or not text.startswith(self.dialect.delimiter, end):
                return cells
            at = end + len(self.dialect.delimiter)

    def _cell_end(self, text: str, at: int) -> tuple[str, int] | None:
        """Return where a cell ends, and the text, to which lines may have been added."""
        begin = at
        if self.dialect.skips_space:
            while text[begin : begin + 1] == " ":
                begin += 1
        if self.dialect.quote and text.startswith(self.dialect.quote, begin):
            return self._quoted_end(text, begin + 1)
        return self._bare_end(text, at)

    def _bare_end(self, text: str, at: int) -> tuple[str, int] | None:
        if not self.dialect.escape:
            end = text.find(self.dialect.delimiter, at) if self.dialect.delimiter else -1
            return text, end if end >= 0 else len(text.rstrip(_LINE_ENDS))
        while True:
            match = self.dialect.bare.match(text, at)
            end = match.end() if match else at
            if end < len(text) or not text.endswith(("\\\r", "\\\n")):
                return text, end
            line = self._source.take()  # an escaped line end
            if line is None:
                return text, len(text)
            self._taken.append(line)
            text += line

    def _quoted_end(self, text: str, start: int) -> tuple[str, int] | None:
        if self.dialect.is_lenient:
            return self._lenient_end(text, start)
        parts, held = [text], len(text)
        at = start
        while True:
            match = self.dialect.inside.match(parts[-1], at)
            close = match.end() if match else at
            if parts[-1].startswith(self.dialect.quote, close):
                close += held - len(parts[-1])
                text = "".join(parts)
                end = self._after_quote(text, close + 1)
                return None if end is None else (text, end)
            line = self._source.take() if held < LARGEST_CELL else None
            if line is None:
                self.is_open = True
                return None
            self._taken.append(line)
            parts.append(line)
            held += len(line)
            at = 0

    def _after_quote(self, text: str, at: int) -> int | None:
        """Return the end of a cell whose quote was closed; None if more text follows."""
        while text[at : at + 1] == " ":
            at += 1
        rest = text[at : at + 1]
        is_end = not rest or rest in _LINE_ENDS
        return at if is_end or rest == self.dialect.delimiter else None

    def _lenient_end(self, text: str, start: int) -> tuple[str, int] | None:
        at = text.find(self.dialect.quote, start)
        while at >= 0:
            end = self._after_quote(text, at + 1)
            if end is not None:
                return text, end
            at = text.find(self.dialect.quote, at + 1)
        return None
