"""Where prepared texts are kept, so that a text is read and encoded once."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def default_cache() -> Path:
    """Return the folder for what can be made again: $XDG_CACHE_HOME/lmkit, else ~/.cache/lmkit."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(named) if Path(named).is_absolute() else Path("~/.cache").expanduser()
    return base / "lmkit"


def writable_folder(folder: Path) -> tuple[Path, bool]:
    """Return a folder that can be written: the one named, else one that is gone after this run.

    Args:
        folder: The folder wanted; it is made if need be.

    Returns:
        The folder, and whether it is the one wanted.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".try-", dir=folder):
            return folder, True
    except OSError:
        instead = tempfile.mkdtemp(prefix="lmkit-")
        atexit.register(shutil.rmtree, instead, ignore_errors=True)
        return Path(instead), False
