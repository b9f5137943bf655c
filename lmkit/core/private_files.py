"""Files that are their owner's alone: their folder, and their mode."""

import os
from pathlib import Path

from lmkit.core.errors import UsageError


def state_folder() -> Path:
    """Return the folder of a person's own files: $XDG_STATE_HOME/lmkit, or ~/.local/state/lmkit.

    Raises:
        UsageError: If there is no home folder.
    """
    named = os.environ.get("XDG_STATE_HOME", "")
    if Path(named).is_absolute():
        return Path(named) / "lmkit"
    try:
        return Path("~/.local/state").expanduser() / "lmkit"
    except RuntimeError as error:
        raise UsageError(
            "there is no home folder; set XDG_STATE_HOME to a folder of your own"
        ) from error


def make_own(path: Path) -> None:
    """Make a file, unless it is there, and let its owner alone read and write it.

    Raises:
        OSError: If that cannot be done.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    path.chmod(0o600)
