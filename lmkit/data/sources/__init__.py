"""Sources of text: files, folders, a pipe, the hub, and what is bundled.

`SOURCES` names every kind; `open_source` finds the kind of what a user gave.
"""

import difflib
import os
from collections.abc import Callable
from pathlib import Path

from lmkit.core.errors import DataError
from lmkit.core.file_names import printable
from lmkit.core.registry import Registry
from lmkit.data.prepared_text import is_prepared
from lmkit.data.sources.hub import PREFIX
from lmkit.data.sources.source import Fingerprinted, Shardable, Source, SourceConfig, Tokenized
from lmkit.data.sources.table import TABLES, table_suffix

__all__ = [
    "BUNDLED",
    "SOURCES",
    "STDIN",
    "Fingerprinted",
    "Shardable",
    "Source",
    "SourceConfig",
    "Tokenized",
    "open_source",
]

STDIN = "-"

BUNDLED = ("pydocs", "grammar")

SOURCES: Registry[Callable[[str, SourceConfig], Source]] = Registry(
    "source",
    {
        "text": "lmkit.data.sources.text_file:TextFile",
        "json": "lmkit.data.sources.table:TableFile",
        "csv": "lmkit.data.sources.table:TableFile",
        "parquet": "lmkit.data.sources.table:TableFile",
        "folder": "lmkit.data.sources.folder:Folder",
        "datatrove": "lmkit.data.sources.datatrove_folder:DatatroveFolder",
        "prepared": "lmkit.data.sources.prepared_folder:PreparedFolder",
        "stdin": "lmkit.data.sources.text_file:StandardInput",
        "hub": "lmkit.data.sources.hub:HubSet",
        "pydocs": "lmkit.data.sources.bundled:open_pydocs",
        "grammar": "lmkit.data.sources.bundled:open_grammar",
    },
)


def open_source(spec: str, config: SourceConfig | None = None) -> Source:
    """Return the source a user named; its text is read later, line by line.

    Args:
        spec: A file, a folder, "-" for standard input, "hf:NAME", or the name of a bundled text
            (write "./pydocs" for a file of that name).
        config: How to read it.

    Returns:
        The source.

    Raises:
        DataError: If there is nothing of that name, or it cannot be read, or is empty.
    """
    return SOURCES.get(_kind(spec))(spec, config or SourceConfig())


def _kind(spec: str) -> str:
    if spec == STDIN:
        return "stdin"
    if not spec.strip():  # an unset variable of a shell; as a path it is the current folder
        raise DataError("a source has an empty name; give a text file, a folder, or '-'")
    if spec.startswith(PREFIX):
        return "hub"
    if spec in BUNDLED:
        return spec
    path = Path(spec)
    _require_readable(path, spec)
    if path.is_dir():
        return (
            "prepared" if is_prepared(path) else "datatrove" if any(path.glob("*.ds")) else "folder"
        )
    return TABLES.get(table_suffix(path), "text")


def _kind_of_folder(path: Path) -> str:
    if is_prepared(path):
        return "prepared"
    return "datatrove" if any(path.glob("*.ds")) else "folder"


def _require_readable(path: Path, spec: str) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise DataError(f"no file or folder {printable(spec)!r}{_hint(path)}") from error
        raise DataError(f"cannot read {printable(spec)}: {error.strerror or error}") from error
    except ValueError as error:
        raise DataError(f"{spec!r} cannot be the name of a file") from error
    if not os.access(path, os.R_OK):
        raise DataError(f"cannot read {printable(spec)}: permission denied")
    if size == 0 and path.is_file():
        raise DataError(f"{printable(spec)} is empty; give a text that has some words")


def _hint(path: Path) -> str:
    """Return the name that was probably meant, as the end of a sentence."""
    try:
        there = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        there = []
    nearest = difflib.get_close_matches(path.name, there, n=1, cutoff=0.6)
    if nearest:
        return f"; did you mean {printable(str(path.parent / nearest[0]))!r}?"
    nearest = difflib.get_close_matches(str(path), BUNDLED, n=1, cutoff=0.6)
    if nearest:
        return f"; did you mean the bundled text {nearest[0]!r}?"
    return f"; give a text file, a folder, '-', hf:NAME, or a bundled text: {', '.join(BUNDLED)}"
