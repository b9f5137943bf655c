"""Where a run writes: checked before anything is read, and never over something that is not ours.

The folder itself becomes the model when training ends; until then everything lies in `training/`.
"""

import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lmkit.archive.folder import TRAINING, is_model_folder
from lmkit.archive.manifest import read_json
from lmkit.core.errors import LmkitError, ModelError, UsageError
from lmkit.core.files import write_text

if sys.platform != "win32":
    import fcntl

SETTINGS = "run.json"  # makes a folder a training folder, see `is_model_folder`


def check_out(out: Path, *, resume: bool, force: bool) -> None:
    """See that a run may write to a folder, and that it can.

    Args:
        out: The folder.
        resume: There must be a run to go on with.
        force: A model there may be replaced.

    Raises:
        UsageError: If something is there that may not be replaced.
        ModelError: If there is nothing to resume.
        LmkitError: If it cannot be written, or another run writes there.
    """
    if resume and force:
        raise UsageError("--resume goes on with a run and --force replaces it; give one of them")
    if resume and not (out / TRAINING / SETTINGS).is_file():
        raise ModelError(f"there is nothing to resume in {out}; train without --resume")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder for the model")
    if out.is_dir() and any(out.iterdir()) and not resume:
        if not force:
            raise UsageError(
                f"{out} exists; go on with --resume, replace it with --force, or name another"
            )
        if not is_model_folder(out):
            raise UsageError(f"{out} is no model folder of lmkit, so --force does not replace it")
    _check_writable(out)
    if out.is_dir():
        with claimed(out):
            pass


@contextmanager
def claimed(out: Path) -> Iterator[None]:
    """Keep other runs out of a folder while the block runs; they are refused, and do not wait.

    The lock is on the folder itself and ends with the process, however it ends. Where the system or
    the disk knows no such locks, nobody is kept out.

    Args:
        out: The folder; it is made if need be.

    Raises:
        LmkitError: If another run writes there, or the folder cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LmkitError(f"cannot write {out}: {error.strerror or error}") from None
    if sys.platform == "win32":
        yield
        return
    folder = os.open(out, os.O_RDONLY)
    try:
        _lock(folder, out)
        yield
    finally:
        os.close(folder)


def begin(out: Path, settings: Mapping[str, Any]) -> Path:
    """Make an empty training folder that knows its settings.

    Args:
        out: The model folder; a model in it stays.
        settings: What `settings_of` gives back (Any, since it is JSON).

    Returns:
        The training folder.
    """
    folder = out / TRAINING
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise LmkitError(f"cannot write {folder}: {error.strerror or error}") from None
    write_text(folder / SETTINGS, json.dumps(settings, indent=2) + "\n")
    return folder


def settings_of(out: Path) -> dict[str, Any]:
    """Return the settings of the run in a folder (Any, since it is JSON)."""
    return read_json(out / TRAINING / SETTINGS)


def _lock(folder: int, out: Path) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LmkitError(
            f"another training is writing to {out}; wait for its end, or name another folder"
        ) from None
    except OSError as error:
        logging.getLogger(__name__).info("no lock on %s: %s", out, error)


def _check_writable(out: Path) -> None:
    """Write something where the folder is, or where it will be, and take it away again."""
    place = out
    while not place.exists() and place != place.parent:
        place = place.parent
    for folder in {place, out.parent if out.exists() else place}:
        try:
            with tempfile.TemporaryDirectory(prefix=".lmkit-", dir=folder):
                pass
        except OSError as error:
            raise LmkitError(f"cannot write {out}: {error.strerror or error}") from None
