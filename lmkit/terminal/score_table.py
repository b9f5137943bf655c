"""Surprisal tables on stdout: tab-separated, comma-separated and Parquet, one row a word.

Text tables quote as the csv module does: a word with a quotation mark, a separator or a line end in
it stands between quotation marks, each of its own doubled. Words stand exactly as they were
written; on a terminal alone control characters are written out.
"""

import csv
import importlib
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.results.word_scores import WordScores
from lmkit.terminal.output import visible

CORRECTIONS = ("space", "none", "both")
SEPARATORS = {"tsv": "\t", "csv": ","}
_ROWS = 10_000  # of one group of a Parquet file
_PLACES = 6  # digits after the point of a figure in bits

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Cell = str | int | float | bool
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFormat:
    """Format of a surprisal table.

    Attributes:
        form: "tsv", "csv" or "parquet".
        correction: "space" shows the corrected surprisal, "none" the plain sum over the tokens,
            "both" the two side by side.
    """

    form: str = "tsv"
    correction: str = "space"

    @property
    def columns(self) -> Sequence[str]:
        """Names of the columns."""
        plain = ("surprisal_uncorrected",) if self.correction == "both" else ()
        return ("line", "position", "word", "surprisal", *plain, "rank", "entropy", "unknown")


def write_scores(answers: Iterable[WordScores], table: TableFormat) -> None:
    """Write a table on stdout.

    Args:
        answers: The scores of each line, in order.
        table: Its format.

    Raises:
        UsageError: If a Parquet file would go to a terminal.
    """
    if table.form == "parquet":
        _write_parquet(_rows(answers, table), table.columns)
        return
    separator = SEPARATORS[table.form]
    _write_text(separator.join(table.columns) + "\n")
    for line, answer in enumerate(answers, start=1):
        _write_text(_lines(line, answer, table, separator))


def _rows(answers: Iterable[WordScores], table: TableFormat) -> Iterator[Row]:
    for line, answer in enumerate(answers, start=1):
        for cells in _cells(line, answer, table):
            yield dict(zip(table.columns, cells, strict=True))


def _cells(line: int, answer: WordScores, table: TableFormat) -> Iterator[Sequence[Cell]]:
    """Yield the cells of each word of a line, in the order of the columns."""
    is_plain, has_both = table.correction == "none", table.correction == "both"
    for position, word in enumerate(answer.words, start=1):
        bits = word.surprisal_uncorrected if is_plain else word.surprisal
        plain = (word.surprisal_uncorrected,) if has_both else ()
        yield (line, position, word.word, bits, *plain, word.rank, word.entropy, word.unknown)


def _lines(line: int, answer: WordScores, table: TableFormat, separator: str) -> str:
    """Return the rows of a line as text."""
    rows = io.StringIO()
    writer = csv.writer(rows, delimiter=separator, lineterminator="\n")
    for cells in _cells(line, answer, table):
        writer.writerow([_shown(cell) for cell in cells])
    return rows.getvalue()


def _shown(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return int(cell)
    return f"{cell:.{_PLACES}f}" if isinstance(cell, float) else cell


def _write_text(text: str) -> None:
    print(visible(text) if sys.stdout.isatty() else text, end="", flush=True)


def _write_parquet(rows: Iterator[Row], columns: Sequence[str]) -> None:
    if sys.stdout.isatty():
        raise UsageError(
            "a Parquet file cannot be shown in a terminal; write it to a file, as in > "
            "surprisal.parquet"
        )
    arrow = importlib.import_module("pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    types = {"word": arrow.string(), "unknown": arrow.bool_()}
    types |= dict.fromkeys(("line", "position", "rank"), arrow.int64())
    schema = arrow.schema([(name, types.get(name, arrow.float64())) for name in columns])
    with parquet.ParquetWriter(_StdoutBytes(), schema) as writer:
        while group := list(islice(rows, _ROWS)):
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))
    sys.stdout.buffer.flush()


class _StdoutBytes(io.RawIOBase):
    """The bytes of stdout as a file of their own: closing it leaves stdout open."""

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: "ReadableBuffer", /) -> int:
        return sys.stdout.buffer.write(data)
