"""Private files of a user: their folder, and permissions for the owner alone."""

import os
from pathlib import Path


def state_folder() -> Path:
    """Return the folder of user state: $XDG_STATE_HOME/lmkit, else ~/.local/state/lmkit."""
    named = os.environ.get("XDG_STATE_HOME", "")
    base = Path(named) if Path(named).is_absolute() else Path("~/.local/state").expanduser()
    return base / "lmkit"


def make_own(path: Path) -> None:
    """Make a file, unless it is there, and let its owner alone read and write it.

    Raises:
        OSError: If that cannot be done.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    path.chmod(0o600)
