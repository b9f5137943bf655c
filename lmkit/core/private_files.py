"""Private files of a user: their folder, and permissions for the owner alone."""

import functools
import logging
import os
import tempfile
from pathlib import Path

from lmkit.core.home import home_folder


def state_folder() -> Path:
    """Return the folder of user state: $XDG_STATE_HOME/lmkit, else ~/.local/state/lmkit.

    A user without a home, as containers run programs, gets a temporary folder of this process; a
    warning says so once.
    """
    named = os.environ.get("XDG_STATE_HOME", "")
    if Path(named).is_absolute():
        return Path(named) / "lmkit"
    home = home_folder()
    return home / ".local" / "state" / "lmkit" if home else _temporary_state()


@functools.cache
def _temporary_state() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lmkit-state-"))
    logging.getLogger(__name__).warning(
        "there is no home folder; history and typed text are kept in %s for now, "
        "set XDG_STATE_HOME to keep them",
        folder,
    )
    return folder


def make_own(path: Path) -> None:
    """Make a file, unless it is there, and let its owner alone read and write it.

    Raises:
        OSError: If that cannot be done.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    path.chmod(0o600)
