"""The folder of a run: checked before anything is read, and never written over files of others.

The folder itself becomes the model when training ends; until then everything lies in `training/`.
"""

import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lmkit.archive.layout import METRICS, NGRAM, RUN, TRAINING, is_model_folder, possible_names
from lmkit.archive.manifest import read_json
from lmkit.archive.recurrent import shapes_alone
from lmkit.archive.writing import rehearse
from lmkit.core.errors import LmkitError, ModelError, UsageError
from lmkit.core.files import write_text
from lmkit.core.json import Json, JsonObject
from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig
from lmkit.training.checkpoint import FILE as CHECKPOINT

if sys.platform != "win32":
    import fcntl

SETTINGS = RUN
BYTES_PER_WEIGHT = 4
# What systems and git leave in a folder that is empty all the same: a new ext4 disk has the first.
LEFT_BY_SYSTEMS = frozenset({"lost+found", ".gitkeep", ".DS_Store", "Thumbs.db", "desktop.ini"})
TRAINED = "trained.safetensors"  # in the folder of a network: its best weights, for the parent
# Files of a run in `training/`, and in the folder of each network there.
_OURS = (RUN, METRICS, NGRAM, CHECKPOINT, TRAINED)


def check_out(out: Path, *, resume: bool, force: bool) -> None:
    """Check that a run may write to a folder, and that it can.

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
        raise UsageError("--resume continues a run and --force replaces it; give one of them")
    if resume and not (out / TRAINING / SETTINGS).is_file():
        raise ModelError(f"there is nothing to resume in {out}; train without --resume")
    if out.is_symlink() and not out.exists():
        raise UsageError(
            f"{out} is a link to {out.readlink()}, which does not exist; make that folder first"
        )
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder for the model")
    if not resume and _holds_files(out):
        if not is_model_folder(out):
            raise UsageError(
                f"{out} contains files but no model of lmkit, so lmkit writes nothing there; "
                "name an empty or a new folder"
            )
        if not force:
            raise UsageError(
                f"{out} exists; continue with --resume, replace it with --force, or name "
                "another folder"
            )
    _check_writable(out)
    if out.is_dir():
        with claimed(out):
            pass


def _holds_files(out: Path) -> bool:
    """Return whether something lies in a folder beside what systems leave there."""
    return out.is_dir() and any(entry.name not in LEFT_BY_SYSTEMS for entry in out.iterdir())


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
    is_new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LmkitError(f"cannot write {out}: {error.strerror or error}") from None
    try:
        with _locked(out):
            yield
    finally:
        if is_new and not any(out.iterdir()):  # the run failed before it wrote anything
            out.rmdir()


def begin(out: Path, settings: Mapping[str, Json]) -> Path:
    """Make an empty training folder that knows its settings.

    Args:
        out: The model folder; a model in it stays.
        settings: Settings of the run, which `settings_of` returns.

    Returns:
        The training folder.
    """
    folder = out / TRAINING
    try:
        _remove_run(folder)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LmkitError(f"cannot write {folder}: {error.strerror or error}") from None
    write_text(folder / SETTINGS, json.dumps(settings, indent=2) + "\n")
    return folder


def rehearse_writing(
    out: Path, config: RecurrentLMConfig, *, directions: int, models: int = 1
) -> None:
    """Rehearse before the first step what writing the model will do at the end.

    Args:
        out: The model folder.
        config: The model.
        directions: How many directions are trained.
        models: Networks of each direction.

    Raises:
        LmkitError: If the folder cannot be written, or the disk has too little room.
        UsageError: If something of the user's stands where a file will go.
    """
    weights = shapes_alone(config).parameter_count() * directions * models
    rehearse(out, possible_names(models=models), size=weights * BYTES_PER_WEIGHT)


def settings_of(out: Path) -> JsonObject:
    """Return the settings of the run in a folder."""
    return read_json(out / TRAINING / SETTINGS)


def last_saved(out: Path, *, launch: str | None) -> int:
    """Return the time of the newest checkpoint of a run.

    Args:
        out: The model folder.
        launch: Name of the start of several processes that must have begun it; None: any will do.

    Returns:
        Nanoseconds of the clock of the machine; 0: there is no such run.
    """
    settings = out / TRAINING / SETTINGS
    if not settings.is_file() or launch not in (None, settings_of(out).get("launch")):
        return 0
    places = (settings, *(out / TRAINING).glob(f"*/{CHECKPOINT}"))
    return max(path.stat().st_mtime_ns for path in places)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    folder = os.open(out, os.O_RDONLY)
    try:
        _lock(folder, out)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, out: Path) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LmkitError(
            f"another training run is writing to {out}; wait for its end, or name another folder"
        ) from None
    except OSError as error:
        logging.getLogger(__name__).info("no lock on %s: %s", out, error)


def _check_writable(out: Path) -> None:
    """Write something where the folder is, or where it will be, and take it away again."""
    place = out
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".lmkit-", dir=place):
            pass
    except OSError as error:
        raise LmkitError(f"cannot write {out}: {error.strerror or error}") from None


def _remove_run(folder: Path) -> None:
    """Remove the files of a run that was there before; files of others stay."""
    for place in (folder, *folder.glob("forward*"), *folder.glob("backward*")):
        for name in _OURS:
            (place / name).unlink(missing_ok=True)
