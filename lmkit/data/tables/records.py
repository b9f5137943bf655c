"""Records with named fields (JSON lines, Parquet rows, hub rows): the texts of one column."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

from lmkit.core.errors import DataError
from lmkit.data.tables.report import RowReport
from lmkit.data.tables.values import (
    Path,
    Value,
    find_path,
    merged,
    named,
    paths_in,
    sound,
    texts_of,
    values_at,
)

_SURVEYED = 1_000  # records looked at for paths
_MOST_NAMED = 30  # paths in a message

Record = tuple[int, Value]  # its place in the file, from 1, and what it holds


def record_texts(
    records: Iterable[Record], column: str, report: RowReport, notices: list[str]
) -> Iterator[str]:
    """Yield the texts of one column of records.

    Args:
        records: Each an object; a record that is a text itself has no columns and is the text.
        column: Name of the column, or keys joined by dots: `message.text`.
        report: The account of the rows, counted here: each cell of a record is one.
        notices: Extended by what a user should know of the column.

    Yields:
        Texts as they stand in the records.

    Raises:
        DataError: If none of the first records has the column.
    """
    rest = iter(records)
    first, paths = _surveyed(rest, tuple(column.split(".")))
    path = choose_path(paths, column, report.name, notices) if paths else ()
    for number, value in chain(first, rest):
        yield from _texts(number, value, path, report)


def _surveyed(records: Iterator[Record], wanted: Path) -> tuple[list[Record], list[Path]]:
    """Return the records up to the first that has a path, and the paths there are in them."""
    first: list[Record] = []
    paths: dict[Path, None] = {}
    for record in islice(records, _SURVEYED):
        first.append(record)
        paths.update(dict.fromkeys(paths_in(record[1])))
        if wanted in paths:
            break
    return first, list(paths)


def choose_path(paths: list[Path], column: str, name: str, notices: list[str]) -> Path:
    """Return the path that a column stands for.

    Args:
        paths: Those at which there are texts.
        column: The column that was asked for.
        name: The table's name, for messages.
        notices: Extended by the path, where it is not the very name that was asked for.

    Returns:
        The path.

    Raises:
        DataError: If there is none, or there are several.
    """
    path = find_path(paths, column)
    if path is None:
        raise DataError(no_column(name, column, paths))
    if named(path) != column:
        notices.append(f"{name}: the column {column!r} was read at {_shown(path)}")
    return path


def no_column(name: str, column: str, paths: Iterable[Path]) -> str:
    """Return the sentence that there is no such column, and which there are."""
    there = [_shown(path) for path in merged(paths)]
    shown = ", ".join(there[:_MOST_NAMED]) + (", ..." if len(there) > _MOST_NAMED else "")
    if not there:
        return f"{name} has no column {column!r}, nor any other"
    return f"{name} has no column {column!r}; choose one with --column: {shown}"


def cell_texts(number: int, value: Value, report: RowReport) -> list[str]:
    """Return the texts of one cell, and count it; one that holds an object is reported."""
    report.rows += 1
    texts = texts_of(value)
    if texts is None:
        report.pass_over(number, "holds an object where a text should be")
    return texts or []


def _shown(path: Path) -> str:
    """Return a path as it can stand in a sentence, on one line."""
    return sound(" ".join(named(path).split()))


def _texts(number: int, value: Value, path: Path, report: RowReport) -> Iterator[str]:
    if not isinstance(value, Mapping | list):
        yield from cell_texts(number, value, report)
        return
    found = False
    for cell in values_at(value, path):
        found = True
        yield from cell_texts(number, cell, report)
    report.rows += not found
    report.missing += not found
