"""Home folder of the user, which a program in a container may not have."""

import os
from pathlib import Path

from lmkit.core.errors import UsageError


def home_folder() -> Path | None:
    """Return the home folder; None where there is none, or $HOME is empty or relative."""
    try:
        home = Path("~").expanduser()
    except RuntimeError:  # neither $HOME nor an entry in the list of users
        return None
    is_named = os.name == "nt" or os.environ.get("HOME", "/") != ""
    return home if home.is_absolute() and is_named else None


def expanded(name: str) -> Path:
    """Return the path that a user wrote, with ~ as the home folder.

    Args:
        name: As written; ~ada is the home folder of that user.

    Raises:
        UsageError: If there is no such home folder.
    """
    if not name.startswith("~"):
        return Path(name)
    if name.split("/", 1)[0] == "~" and home_folder() is None:
        raise UsageError(f"there is no home folder for {name!r}; write the folder out")
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise UsageError(f"there is no home folder for {name!r}; write the folder out") from None
