"""JSON lines, CSV and Parquet: the text is one column. Read by `datasets`."""

import glob
import hashlib
import importlib
import logging
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from lmkit.core.errors import DataError
from lmkit.core.files import sha256
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.text_file import TextFile

# What a file name ends with, the kind it is, and what the reader of `datasets` is told.
TABLES: dict[str, tuple[str, dict[str, str]]] = {
    ".jsonl": ("json", {}),
    ".ndjson": ("json", {}),
    ".json": ("json", {}),
    ".csv": ("csv", {}),
    ".tsv": ("csv", {"sep": "\t"}),
    ".parquet": ("parquet", {}),
}

_SEPARATORS = ",;\t"  # of the cells of a CSV file

READING_FAILS = (ValueError, OSError, RuntimeError)  # what readers of damaged tables raise


class TableFile:
    """A file of rows, of which one column is the text; a cell of several lines gives several."""

    def __init__(self, spec: str, config: SourceConfig) -> None:
        self.name = spec
        self.notices: list[str] = []
        self._path = Path(spec)
        self._column = config.column
        self._config = config

    def lines(self) -> Iterator[str]:
        """Yield the lines of the column, row by row."""
        kind, options = TABLES[table_suffix(self._path)]
        if kind == "csv":
            options = {**self._csv_options(), **options}
        datasets = load_datasets()
        with tempfile.TemporaryDirectory(prefix="lmkit-") as cache:
            try:
                rows = datasets.load_dataset(
                    kind,
                    data_files=[_literal(self._path)],
                    split="train",
                    streaming=True,
                    cache_dir=cache,
                    **options,
                )
                yield from column_lines(rows, self._column, name=self.name)
            except (*READING_FAILS, datasets.exceptions.DatasetsError) as error:
                raise DataError(
                    f"cannot read {self.name} as {kind}: {first_sentence(error)}"
                ) from error

    def _csv_options(self) -> dict[str, str]:
        """Return how the rows are written down: spreadsheets do it in several ways."""
        text = TextFile(self.name, self._config)
        header = next(text.lines(), "")
        self.notices = text.notices
        separator = max(_SEPARATORS, key=header.count)
        return {"sep": separator, "encoding": text.encoding.name, "encoding_errors": "replace"}

    def fingerprint(self) -> str:
        """Return a value for the content and the column."""
        named = f"{self._column}\0{sha256(self._path)}"
        return hashlib.sha256(named.encode()).hexdigest()


def table_suffix(path: Path) -> str:
    """Return the suffix that makes a file a table, compression left off, or nothing."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if len(suffixes) == 2 and suffixes[1] in (".gz", ".xz"):
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in TABLES else ""


def load_datasets() -> ModuleType:
    """Return the `datasets` library, told to be quiet and to count no downloads."""
    datasets = importlib.import_module("datasets")
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(logging.CRITICAL)  # it raises what it logs as an error
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    return datasets


def column_lines(rows: Iterable[dict[str, object]], column: str, *, name: str) -> Iterator[str]:
    """Yield the lines of one column.

    Args:
        rows: Rows by column name.
        column: The column that holds the text.
        name: What the table is called, for the errors.

    Yields:
        Lines; a cell without a value gives none.

    Raises:
        DataError: If there is no such column, or it holds no text.
    """
    for row in rows:
        if column not in row:
            there = ", ".join(row)
            raise DataError(f"{name} has no column {column!r}; choose one with --column: {there}")
        cell = row[column]
        if cell is None:
            continue
        if not isinstance(cell, str):
            raise DataError(
                f"the column {column!r} of {name} holds {type(cell).__name__}, not text; "
                f"choose another with --column: {', '.join(row)}"
            )
        text = cell.replace("\r\n", "\n").replace("\r", "\n")
        yield from text.removesuffix("\n").split("\n")


def first_sentence(error: BaseException) -> str:
    """Return the first line of what an error and its cause say."""
    cause = error.__cause__ or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0].rstrip(".")


def _literal(path: Path) -> str:
    """Return a path as `datasets` takes it, with what it would read as a pattern made plain."""
    return glob.escape(str(path.resolve()))
