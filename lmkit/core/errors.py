"""The errors a user can cause, drawn as one tree.

Every message is one sentence that says what was wrong, what was given and what to do. The command
line prints it on one line and leaves with `exit_code`; any other exception is a bug of ours.
This module knows neither words nor tensors.
"""

import difflib
from collections.abc import Iterable
from typing import ClassVar


class LmkitError(Exception):
    """Something went wrong that the user can understand and mend."""

    exit_code: ClassVar[int] = 1


class UsageError(LmkitError):
    """The request itself cannot be carried out as it was put."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name was given that stands for nothing."""


class ModelError(LmkitError):
    """The model is missing, damaged or of a newer format."""

    exit_code = 3


class DataError(LmkitError):
    """The data is missing, empty or unreadable."""

    exit_code = 4


class MissingExtraError(LmkitError):
    """An optional dependency is needed and not installed."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Say that a name is unknown, and which one was probably meant.

    Args:
        kind: What the name should have named, e.g. "cell".
        name: The name that was given.
        known: All the names there are.

    Returns:
        The error to raise.
    """
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return UnknownNameError(f"no {kind} named {name!r}; {hint}choose from {', '.join(names)}")
