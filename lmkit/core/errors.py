"""Errors that a user can cause, as one tree.

Every message is one sentence that says what was wrong and what was given, in words that suit a
Python caller, an HTTP client and the command line alike. A remedy that depends on the door the
request came through (an option, an argument, a field) is named by `hint`, and that door words it:
the command line by `cli/hints.py`. The command line prints one line and leaves with `exit_code`;
any other exception is a bug of ours. This module knows neither words nor tensors.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import ClassVar


class Hint(StrEnum):
    """Remedies that each door words in its own way."""

    TRAIN = "train a model first"
    RESUME = "continue the training"
    TRAIN_BOTH = "train the model in both directions"
    TRAIN_NGRAM = "train the model again with its n-gram"
    FULL_PRECISION = "read with full precision"
    OTHER_FOLDER = "write to another folder"
    INSTALL_PLOT = "install matplotlib"
    INSTALL_FORECAST = "install statsmodels"
    INSTALL_SERVE = "install the packages of the server"
    INSTALL_ONNX = "install onnx and onnxruntime"


class LmkitError(Exception):
    """Error that the user can understand and mend.

    Attributes:
        hint: The remedy, where it depends on the door the request came through.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str = "", *, hint: Hint | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def told(self, hints: Mapping[Hint, str]) -> str:
        """Return the message with its remedy.

        Args:
            hints: The remedies in the words of a door.

        Returns:
            The message alone where it has no hint, or the door has no words for it.
        """
        remedy = hints.get(self.hint) if self.hint is not None else None
        return f"{self}; {remedy}" if remedy else str(self)


class UsageError(LmkitError):
    """Request that cannot be carried out as it was put."""

    exit_code = 2


class UnknownNameError(UsageError):
    """Name that stands for nothing."""


class ModelError(LmkitError):
    """Model that is missing, damaged or of a newer format."""

    exit_code = 3


class DataError(LmkitError):
    """Data that is missing, empty or unreadable."""

    exit_code = 4


class NoWordsError(DataError):
    """Text that has no word to learn from."""


class MissingExtraError(LmkitError):
    """Optional dependency that is needed and not installed."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Make the error of an unknown name, with the name that was probably meant.

    Args:
        kind: Kind of thing the name should have named, e.g. "cell".
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
