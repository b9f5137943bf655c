"""Files of rows: delimited text, JSON and Parquet, of which one column is the text."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from lmkit.core.files import sha256
from lmkit.data.sources.formats import advice
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.stored_file import COMPRESSED, StoredFile
from lmkit.data.sources.table_part import JsonLinesPart, ParquetPart, lines_of
from lmkit.data.sources.text_file import TextFile, TextPart
from lmkit.data.tables.delimited import DelimitedTable
from lmkit.data.tables.dialect import TAB
from lmkit.data.tables.json_document import Damage, document_paths, document_values
from lmkit.data.tables.json_lines import are_json_lines, json_records
from lmkit.data.tables.parquet import parquet_records, row_groups
from lmkit.data.tables.records import cell_texts, choose_path, record_texts
from lmkit.data.tables.report import RowReport

# What a file name ends with, and the kind of table it is.
TABLES = {
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".parquet": "parquet",
}

_TABBED = (".tsv", ".tab")
_PAGE_LINES = 20  # by which a page is told from a table
_HEAD = 1 << 20  # characters by which the forms of JSON are told apart


class TableFile:
    """A file of rows, of which one column is the text; a cell of several lines gives several.

    Attributes:
        name: What the user called it.
        notices: What a user should know of the reading, complete once the lines were read.
    """

    def __init__(self, spec: str, config: SourceConfig) -> None:
        self._file = StoredFile(Path(spec))
        self.name = self._file.name
        self.notices: list[str] = []
        self._text = TextFile(spec, config)
        self._column = config.column
        self._suffix = table_suffix(self._file.path)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the column, row by row.

        Raises:
            DataError: If the file cannot be read, has no such column, or too many rows are bad.
        """
        notices: list[str] = []
        for text in self._texts(notices):
            yield from lines_of(text)
        self.notices = [*self._text.notices, *notices]

    def fingerprint(self) -> str:
        """Return a value for the content and the column."""
        named = f"{self._column}\0{sha256(self._file.readable_path)}"
        return hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()

    def shards(self, count: int) -> Sequence["TableFile | JsonLinesPart | ParquetPart"]:
        """Return parts of JSON lines or Parquet; of other tables no part can be read by itself."""
        kind = TABLES[self._suffix]
        if count < 2 or not self._file.is_plain:
            return (self,)
        if kind == "parquet":
            return self._parquet_parts(count) or (self,)
        if kind == "json" and self._has_json_lines():
            parts = self._text.shards(count)
            return [
                JsonLinesPart(part, self._column) for part in parts if isinstance(part, TextPart)
            ] or (self,)
        return (self,)

    def _texts(self, notices: list[str]) -> Iterator[str]:
        if TABLES[self._suffix] == "csv":
            delimiter = TAB if self._suffix in _TABBED else ""
            notices += self._markup()
            table = DelimitedTable(self.name, lambda: self._text.opened(newline=""), delimiter)
            return table.texts(self._column, notices)
        if TABLES[self._suffix] == "parquet":
            return self._parquet_texts(notices)
        is_lines = self._has_json_lines()
        return self._json_texts(notices) if is_lines else self._document_texts(notices)

    def _markup(self) -> list[str]:
        """Return advice where a page stands in the place of a table, as after a failed download."""
        with self._text.opened(newline=None) as file:
            lines = list(islice(file, _PAGE_LINES))
        found = advice(lines) if lines and lines[0].lstrip().startswith("<") else ""
        return [f"{self.name} {found}"] if found else []

    def _has_json_lines(self) -> bool:
        with self._text.opened(newline=None) as file:
            return are_json_lines(file.read(_HEAD))

    def _json_texts(self, notices: list[str]) -> Iterator[str]:
        report = self._report()
        with self._text.opened(newline=None) as file:
            records = json_records(file, report)
            yield from record_texts(records, self._column, report, notices)
        notices += report.finish()

    def _document_texts(self, notices: list[str]) -> Iterator[str]:
        report = self._report()
        with self._text.opened(newline=None) as file:
            paths = document_paths(file, tuple(self._column.split(".")))
        path = choose_path(paths, self._column, self.name, notices) if paths else ()
        with self._text.opened(newline=None) as file:
            for value in document_values(file, path):
                if isinstance(value, Damage):
                    report.rows += 1
                    report.pass_over(report.rows, str(value))
                else:
                    yield from cell_texts(report.rows + 1, value, report)
        notices += report.finish()

    def _parquet_texts(self, notices: list[str]) -> Iterator[str]:
        report = self._report()
        with self._file.reading(), self._unpacked() as path:
            records = parquet_records(path, self._column, name=self.name)
            yield from record_texts(records, self._column, report, notices)
        notices += report.finish()

    def _parquet_parts(self, count: int) -> list[ParquetPart]:
        groups = range(row_groups(self._file.path))
        count = min(count, len(groups))
        runs = [
            groups[len(groups) * number // count : len(groups) * (number + 1) // count]
            for number in range(count)
        ]
        return [
            ParquetPart(f"{self.name} [{number}]", self._file.path, self._column, tuple(run))
            for number, run in enumerate(runs, start=1)
        ]

    def _report(self) -> RowReport:
        return RowReport(self.name)

    @contextmanager
    def _unpacked(self) -> Iterator[Path]:
        """Give the file, or a decompressed copy of it, for Parquet is not read from its start."""
        if self._file.is_plain:
            yield self._file.path
            return
        with tempfile.NamedTemporaryFile(prefix="lmkit-") as copy, self._file.open() as content:
            shutil.copyfileobj(content, copy)
            copy.flush()
            yield Path(copy.name)


def table_suffix(path: Path) -> str:
    """Return the suffix that makes a file a table, compression left off, or nothing."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if len(suffixes) == 2 and suffixes[1] in COMPRESSED:
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in TABLES else ""
