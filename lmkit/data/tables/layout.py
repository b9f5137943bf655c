"""Layout of a delimited file, told from its beginning: dialect, header, and lines before it.

The dialect is the one under which the rows have as many cells as the header and the quotes hold.
Nothing is taken for an index, and no name of a column is made up.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lmkit.data.tables.dialect import BACKSLASH, DELIMITERS, DOUBLE, SINGLE, TAB, Dialect
from lmkit.data.tables.fit import Fit, fit_dialect, header_names
from lmkit.data.tables.rows import Row, split_rows

_SEP = re.compile(r'\ufeff?"?sep=(\\t|[^"\r\n])"?[\r\n]*', re.IGNORECASE)
_COMMENT = re.compile(r"\s*(?:#|//|%)")
_PREAMBLE = 20  # lines before the header at most
_USUAL = (DOUBLE, "")  # stands also where nothing is quoted: a row further down may be
_QUOTINGS = (_USUAL, (DOUBLE, BACKSLASH), (SINGLE, ""), (SINGLE, BACKSLASH))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Layout of one delimited file.

    Attributes:
        dialect: Its conventions.
        names: Names of its columns, one a cell; empty where there is no header.
        width: Cells of a row.
        skipped: Lines before the header, or before the first row where there is none.
        preamble: Those of them that are comments or titles.
        ends_empty: Whether every row has an empty cell more than the header has names.
        has_unnamed_index: Whether the rows count up in a first cell that the header does not name.
        first: The cells of the first row after the header.
    """

    dialect: Dialect
    names: tuple[str, ...] = ()
    width: int = 1
    skipped: int = 0
    preamble: int = 0
    ends_empty: bool = False
    has_unnamed_index: bool = False
    first: tuple[str, ...] = ()

    def is_header(self, row: Row) -> bool:
        """Tell whether a row is the header again, as where files were put one after the other."""
        if len(self.names) < 2 or len(row.cells) != len(self.names):
            return False
        return header_names(row.cells, row.dialect) == self.names

    def rows(self, lines: Iterable[str]) -> Iterator[Row]:
        """Cut a file into rows, the header left out.

        Args:
            lines: All lines of the file, with their line ends.

        Yields:
            The rows, numbered from the first line of the file.
        """
        rest = islice(lines, self.skipped, None)
        rows = split_rows(rest, self.dialect, width=self.width, before=self.skipped)
        if self.names:
            next(rows, None)
        for row in rows:
            if self.ends_empty and _has_empty_end(row, self.width):
                yield replace(row, cells=row.cells[:-1])
            else:
                yield row


def detect_layout(
    lines: Sequence[str], column: str, *, delimiter: str = "", is_whole: bool = True
) -> Layout:
    """Tell the layout of a file from its first lines.

    Args:
        lines: With their line ends; some hundreds of them, or all there are.
        column: The column that is wanted: a line that has it as a cell is the header.
        delimiter: Where the kind of file gives it.
        is_whole: Whether these lines are the whole file.

    Returns:
        The layout; where it stays open which delimiter parts the cells, each row is one cell.
    """
    lines, forced, before = _without_sep_line(lines)
    dialects = _dialects("".join(lines), forced or delimiter)
    at, fitting = _find_header(lines, column, dialects)
    is_named = bool(fitting)
    if not is_named:
        at = _comment_lines(lines)
        fitting = _table_dialects(lines[at:], dialects, is_whole=is_whole)
        if not any(one.delimiter for one in fitting):
            at = 0  # lines of text may well begin with a mark of comments
    fits = (fit_dialect(lines[at:], dialect, is_whole=is_whole) for dialect in fitting)
    best = min(fits, key=lambda fit: fit.rank)
    layout = _layout(best, is_named=is_named or best.has_names)
    return replace(layout, skipped=before + at, preamble=at)


def _without_sep_line(lines: Sequence[str]) -> tuple[Sequence[str], str, int]:
    """Return the lines after Excel's `sep=;`, the delimiter it names, and how many it took."""
    match = _SEP.fullmatch(lines[0]) if lines else None
    if match is None:
        return lines, "", 0
    return lines[1:], TAB if match[1] == r"\t" else match[1], 1


def _dialects(sample: str, delimiter: str) -> list[Dialect]:
    """Return the dialects that a text can be in, the most usual first."""
    delimiters = [one for one in DELIMITERS if one in sample]
    quotings = [
        (quote, escape)
        for quote, escape in _QUOTINGS
        if (quote, escape) == _USUAL or (quote in sample and escape in sample)
    ]
    unquoted = [("", BACKSLASH)] if BACKSLASH in sample else []
    return [
        Dialect(delimiter=one, quote=quote, escape=escape, skips_space=skips_space)
        for quote, escape in (*quotings, ("", ""), *unquoted)
        for one in ([delimiter] if delimiter else ["", *delimiters])
        for skips_space in ((False, True) if f"{one} " in sample and one else (False,))
    ]


def _find_header(
    lines: Sequence[str], column: str, dialects: Sequence[Dialect]
) -> tuple[int, list[Dialect]]:
    """Return the line that has the column as a cell, and the dialects under which it has."""
    for at, line in enumerate(lines[:_PREAMBLE]):
        fitting = [
            one
            for one in dialects
            if _has_column(_names(line, one), column)
            and all(_is_preamble(before, line, one) for before in lines[:at])
        ]
        if fitting:
            return at, fitting
    return 0, []


def _has_column(names: Sequence[str], column: str) -> bool:
    """Return whether a row names a column; a number does so only among other numbers."""
    if column.isdecimal() and not all(name.isdecimal() for name in names if name):
        return False
    return column.casefold() in (name.casefold() for name in names)


def _is_preamble(line: str, header: str, dialect: Dialect) -> bool:
    """Return whether a line before the header is none of the rows."""
    if not line.strip() or _COMMENT.match(line):
        return True
    if not dialect.delimiter:
        return False
    names = _names(line, dialect)
    is_title = len(names) > 1 and not any(names[1:]) and not names[0].isdecimal()
    return is_title or len(names) != len(_names(header, dialect))


def _names(line: str, dialect: Dialect) -> tuple[str, ...]:
    row = next(split_rows([line], dialect), None)
    return header_names(row.cells, dialect) if row else ()


def _comment_lines(lines: Sequence[str]) -> int:
    """Return how many lines at the beginning are comments or empty."""
    for at, line in enumerate(lines):
        if line.strip() and not _COMMENT.match(line):
            return at
    return 0


def _table_dialects(
    lines: Sequence[str], dialects: Sequence[Dialect], *, is_whole: bool
) -> list[Dialect]:
    """Return the dialects under which the lines are rows; where there is none, without delimiter.

    Each row is then one cell.
    """
    delimited = [one for one in dialects if one.delimiter]
    tables = [one for one in delimited if fit_dialect(lines, one, is_whole=is_whole).is_table]
    return tables or [replace(one, delimiter="", skips_space=False) for one in dialects]


def _layout(fit: Fit, *, is_named: bool) -> Layout:
    body = fit.rows[1:] if is_named else fit.rows
    return Layout(
        dialect=fit.dialect,
        names=fit.names if is_named else (),
        width=fit.width,
        ends_empty=bool(body) and all(_has_empty_end(row, fit.width) for row in body),
        has_unnamed_index=is_named and fit.has_unnamed_index,
        first=_shown(body[0].cells, fit) if body else (),
    )


def _shown(cells: Sequence[str], fit: Fit) -> tuple[str, ...]:
    """Return the cells of a row, what is too many joined to the last."""
    last = fit.dialect.delimiter.join(cells[fit.width - 1 :])
    return tuple(map(fit.dialect.value, [*cells[: fit.width - 1], last]))


def _has_empty_end(row: Row, width: int) -> bool:
    return len(row.cells) > width > 1 and not row.cells[-1].strip()
