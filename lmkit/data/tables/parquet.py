"""Parquet: rows read batch by batch, of the wanted column alone where the file has it."""

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from lmkit.core.errors import DataError
from lmkit.data.tables.records import Record

_BATCH = 1024  # rows held at once


def row_groups(path: Path) -> int:
    """Return in how many parts a Parquet file can be read; 0 where it cannot be read at all."""
    arrow, parquet = _libraries()
    try:
        with parquet.ParquetFile(path) as file:
            return int(file.metadata.num_row_groups)
    except (arrow.ArrowException, OSError):
        return 0


def parquet_records(
    path: Path, column: str, *, name: str, groups: Sequence[int] | None = None
) -> Iterator[Record]:
    """Yield the rows of a Parquet file.

    Args:
        path: The file.
        column: The column that is wanted; the others are not read if it is there.
        name: The table's name, for messages.
        groups: Numbers of the row groups to read; None: all.

    Yields:
        The number of the row, from 1, and its values by column.

    Raises:
        DataError: If the file is damaged, or no Parquet.
    """
    arrow, parquet = _libraries()
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            wanted = (column, column.partition(".")[0])
            top = [name for name in file.schema_arrow.names if name in wanted]
            for batch in file.iter_batches(_BATCH, row_groups=groups, columns=top or None):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (arrow.ArrowException, OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise DataError(
            f"cannot read {name} as Parquet after row {number:,}: {reason}; copy it again"
        ) from error


def _libraries() -> tuple[ModuleType, ModuleType]:
    """Return pyarrow and its reader of Parquet, which are loaded only when asked for."""
    return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
