"""Fit of a dialect to the first rows of a file: the evidence for and against it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from lmkit.data.tables.dialect import BACKSLASH, DOUBLE, SINGLE, Dialect
from lmkit.data.tables.rows import Row, split_rows

_EVEN = 0.8  # of the rows must have as many cells as the first, where no header tells the delimiter
_NAME = re.compile(r"[^\W\d][\w.:#/()\[\]-]*(?: [\w.:#/()\[\]-]+){0,2}")  # up to three words
_PLAIN_NAME = re.compile(r"[^\W\d][\w.-]*")
_NUMBERED = re.compile(r'\s*"?(\d{1,15})"?\s*[,;\t|]')
_INDEX_NAME = re.compile(r"^$|id|index|\bno\b|nr|num|row|line|key|#", re.IGNORECASE)
_QUOTED = {mark: Dialect(quote=mark, escape=BACKSLASH) for mark in (DOUBLE, SINGLE)}


@dataclass(frozen=True)
class Fit:
    """A dialect and the first rows under it.

    Attributes:
        dialect: The dialect.
        rows: The rows.
    """

    dialect: Dialect
    rows: list[Row]

    @property
    def rank(self) -> tuple[int, int, int]:
        """Order of dialects, the best first: by failures, then doubts, then fewer cells."""
        return self.failures, self.doubts, -self.width

    @cached_property
    def width(self) -> int:
        """Cells of a row: those of the first, or the fewest where each row begins with a number."""
        if self.is_numbered:
            return min(len(row.cells) for row in self.rows)
        return len(self.rows[0].cells) if self.rows else 1

    @cached_property
    def failures(self) -> int:
        """Rows whose quotes do not hold, or of another count of cells than the first."""
        return sum(not row.is_sound or len(row.cells) != self.width for row in self.rows)

    @cached_property
    def doubts(self) -> int:
        """Cells whose quotes or spaces speak against the dialect."""
        doubtful = (_is_doubtful(cell, self.dialect) for row in self.rows for cell in row.cells)
        spaced = self.rows[0].cells if self.rows and not self.dialect.skips_space else []
        return sum(doubtful) + sum(cell.startswith(" ") for cell in spaced)

    @property
    def names(self) -> tuple[str, ...]:
        """Names that the first row gives to the columns, if it is a header."""
        return header_names(self.rows[0].cells, self.dialect) if self.rows else ()

    @property
    def has_names(self) -> bool:
        """True if the first of several columns' rows names them rather than being one."""
        if len(self.rows) < 2 or self.width < 2:
            return False
        if not all(_NAME.fullmatch(name) for name in self.names if name):
            return False
        even = (row.cells for row in self.rows[1:] if len(row.cells) == self.width)
        columns = zip(*even, strict=True)
        named = zip(self.names, columns, strict=False)
        return any(self.names) and not any(name in cells for name, cells in named if name)

    @property
    def is_table(self) -> bool:
        """True if rows have cells of their own, rather than being lines of text."""
        is_even = self.width > 1 and self.failures <= (1 - _EVEN) * len(self.rows)
        return (is_even and not self._is_prose) or self._has_plain_names or self.is_numbered

    @cached_property
    def is_numbered(self) -> bool:
        """True if every row begins with a number of its own, with more cells after it."""
        firsts = [row.cells[0].strip() for row in self.rows if len(row.cells) > 1]
        return len(firsts) == len(self.rows) > 1 and all(map(str.isdecimal, firsts))

    @property
    def has_unnamed_index(self) -> bool:
        """True if the rows below a header count up in a first cell that it does not name."""
        body = self.rows[1:]
        firsts = [self._first_number(row) for row in body]
        if len(firsts) < 2 or _INDEX_NAME.search(self.names[0]):
            return False
        is_wider = all(len(row.cells) > self.width for row in body) or self.width == 1
        return is_wider and all(one + 1 == two for one, two in pairwise(firsts))

    def _first_number(self, row: Row) -> float:
        """Return the number that a row begins with, before a delimiter; nan if there is none."""
        match = _NUMBERED.match(self.dialect.delimiter.join(row.cells))
        return float(match[1]) if match else math.nan

    @property
    def _has_plain_names(self) -> bool:
        """True if the first row is single words, and nearly no other row has fewer cells."""
        if len(self.rows) < 2 or self.width < 2:
            return False
        if not all(_PLAIN_NAME.fullmatch(name) for name in self.names):
            return False
        is_spaced = any(cell.startswith(" ") for cell in self.rows[0].cells)
        if is_spaced and not all(map(str.islower, self.names)):
            return False
        fewer = sum(len(row.cells) < self.width for row in self.rows)
        return fewer <= (1 - _EVEN) * len(self.rows)

    @property
    def _is_prose(self) -> bool:
        """True if the cells look like parts of sentences: all but the first open with a space."""
        if any(not cell.startswith(" ") for row in self.rows for cell in row.cells[1:]):
            return False
        return not any(cell.strip().isdecimal() for row in self.rows for cell in row.cells)


def fit_dialect(lines: Sequence[str], dialect: Dialect, *, is_whole: bool = True) -> Fit:
    """Cut the first lines of a file into rows.

    Args:
        lines: With their line ends.
        dialect: How the rows may be written.
        is_whole: Whether these lines are the whole file; if not, the last row may have been cut.

    Returns:
        The rows, and how well the dialect goes with them.
    """
    rows = list(split_rows(lines, dialect))
    return Fit(dialect, rows if is_whole or len(rows) < 2 else rows[:-1])


def header_names(cells: Sequence[str], dialect: Dialect) -> tuple[str, ...]:
    """Return the names that the cells of a header stand for."""
    names = [" ".join(dialect.value(cell).split()) for cell in cells]
    if names[0].startswith("#"):
        names[0] = names[0].lstrip("# ")
    return tuple(names)


def _is_doubtful(cell: str, dialect: Dialect) -> bool:
    """Return whether a cell has a bare quote, or is quoted in a way the dialect does not know."""
    if dialect.quote and dialect.quote in cell:
        return not dialect.is_quoted(cell) and dialect.quote in dialect.unescaped(cell)
    others = (mark for mark in (DOUBLE, SINGLE) if mark != dialect.quote and mark in cell)
    return any(_QUOTED[mark].is_quoted(cell) and _is_proof(cell, mark) for mark in others)


def _is_proof(cell: str, mark: str) -> bool:
    """Return whether quotes around a cell are those of a writer: single ones escape their like."""
    inner = cell.strip(" ")[1:-1]
    return mark == DOUBLE or mark * 2 in inner or BACKSLASH + mark in inner
