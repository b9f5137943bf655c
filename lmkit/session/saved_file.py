"""The file that `/save` writes and `/load` reads: settings and text of a session, as JSON."""

import json
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from lmkit.core.errors import DataError, UsageError
from lmkit.core.files import write_text
from lmkit.session.settings import Saved

_SAVED = TypeAdapter(Saved)


def write_saved(path: Path, saved: Saved) -> None:
    """Write settings and text into a file, over whatever it holds.

    Args:
        path: The file.
        saved: Settings and text of a session.

    Raises:
        DataError: If the file cannot be written.
    """
    try:
        write_text(path, json.dumps(asdict(saved), indent=2) + "\n")
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"cannot write {path}: {reason}; name another file") from error


def read_saved(path: Path) -> Saved:
    """Read the settings and text of a file.

    Args:
        path: A file that `write_saved` wrote.

    Returns:
        Settings and text of a session.

    Raises:
        DataError: If the file cannot be read, or holds something else.
    """
    try:
        return _SAVED.validate_json(path.read_bytes(), strict=True)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}; give a file of /save") from error
    except ValidationError as error:
        raise DataError(f"{path} does not hold a saved session; give a file of /save") from error


def refuse_to_overwrite(path: Path, *, forced: str) -> None:
    """Raise an error if something stands in a place that no `/save` has written.

    Args:
        path: The place.
        forced: The command that overwrites it all the same.

    Raises:
        DataError: If the place cannot be looked at.
        UsageError: If something else than a saved session stands there.
    """
    try:
        if not path.exists() and not path.is_symlink():
            return
        if path.is_file():
            _SAVED.validate_json(path.read_bytes(), strict=True)
            return
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            raise DataError(f"cannot access {path}: {error.strerror}; name another file") from error
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file")
    raise UsageError(
        f"{path} exists and was not written by /save; name another file, or replace it "
        f"with {forced}"
    )
