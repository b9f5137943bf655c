"""Parts of a table, for reading by several processes: each can be pickled and read by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lmkit.data.sources.text_file import TextPart
from lmkit.data.tables.json_lines import json_records
from lmkit.data.tables.parquet import parquet_records
from lmkit.data.tables.records import Record, record_texts
from lmkit.data.tables.report import RowReport


@dataclass(slots=True)
class JsonLinesPart:
    """Some of the lines of a file of JSON lines.

    Attributes:
        text: The lines.
        column: The column that holds the text.
        notices: What a user should know of the reading, complete once the lines were read.
    """

    text: TextPart
    column: str
    notices: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file and the bytes of it."""
        return self.text.name

    def lines(self) -> Iterator[str]:
        """Yield the lines of the column, row by row; rows are numbered within the part."""
        report = RowReport(self.name)
        records = json_records(self.text.lines(), report)
        yield from _lines(records, self.column, report, self.notices)


@dataclass(slots=True)
class ParquetPart:
    """Some of the row groups of a Parquet file.

    Attributes:
        name: The file and the number of the part.
        path: The file.
        column: The column that holds the text.
        groups: Numbers of the row groups.
        notices: What a user should know of the reading, complete once the lines were read.
    """

    name: str
    path: Path
    column: str
    groups: tuple[int, ...]
    notices: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the column, row by row; rows are numbered within the part."""
        report = RowReport(self.name)
        records = parquet_records(self.path, self.column, name=self.name, groups=self.groups)
        yield from _lines(records, self.column, report, self.notices)


def lines_of(text: str) -> list[str]:
    """Return the lines of the text of one cell; the line end after the last ends it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def _lines(
    records: Iterable[Record], column: str, report: RowReport, notices: list[str]
) -> Iterator[str]:
    said: list[str] = []
    for text in record_texts(records, column, report, said):
        yield from lines_of(text)
    notices[:] = [*said, *report.finish()]
