"""The errors a user can cause, drawn as one tree.

Every message is one sentence that says what was wrong, what was given and what to do. The command
line prints it on one line and leaves with `exit_code`; any other exception is a bug of ours.
This module knows neither words nor tensors.
"""

import difflib
from collections.abc import Iterable, Sequence
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
    nearest = _nearest(name, names)
    hint = f"did you mean {nearest!r}? " if nearest else ""
    return UnknownNameError(f"no {kind} named {name!r}; {hint}choose from {', '.join(names)}")


def _nearest(name: str, names: Sequence[str]) -> str | None:
    """Return the name that another is a longer or shorter form of, or else resembles most."""
    given = name.casefold()
    forms = [known for known in names if _is_form(given, known) or _is_form(known, given)]
    alike = difflib.get_close_matches(given, forms, n=1, cutoff=0)
    return next(iter(alike or difflib.get_close_matches(given, names, n=1, cutoff=0.5)), None)


def _is_form(longer: str, shorter: str) -> bool:
    return len(shorter) > 2 and longer.startswith(shorter)
