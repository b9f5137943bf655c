"""Where a run writes: checked before anything is read, and never over something that is not ours.

The folder itself becomes the model when training ends; until then everything lies in `training/`.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmkit.core.errors import LmkitError, ModelError, UsageError
from lmkit.core.files import write_text
from lmkit.models.archive import TRAINING, is_model_folder
from lmkit.models.manifest import read_json

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
        LmkitError: If it cannot be written.
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
