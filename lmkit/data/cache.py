"""Cache folder of prepared texts, so that a text is read and encoded once."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from lmkit.core.home import home_folder


def default_cache() -> Path | None:
    """Return the folder for what can be made again: $XDG_CACHE_HOME/lmkit, else ~/.cache/lmkit.

    A user without a home, as containers run programs, has none.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():
        return Path(named) / "lmkit"
    home = home_folder()
    return home / ".cache" / "lmkit" if home else None


def writable_folder(folder: Path | None) -> tuple[Path, bool]:
    """Return a folder that can be written: the one named, else one that is gone after this run.

    Args:
        folder: The folder wanted; it is made if need be. None: any will do.

    Returns:
        The folder, and whether it is the one wanted.
    """
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".try-", dir=folder):
                return folder, True
    except OSError:
        pass  # one of this run's own will do
    instead = tempfile.mkdtemp(prefix="lmkit-")
    atexit.register(shutil.rmtree, instead, ignore_errors=True)
    return Path(instead), False
