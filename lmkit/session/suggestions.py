"""Whole texts that may come of one being typed, as a model goes on or finishes its last word."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lmkit.session.known_words import KnownWords

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel


def continued_texts(model: "LanguageModel", known: KnownWords, text: str, *, top: int) -> list[str]:
    """Return a text with each of the most probable next words after it, best first."""
    return [known.join(text, guess.word) for guess in model.next(text, k=top).words]


def finished_texts(model: "LanguageModel", known: KnownWords, text: str, *, top: int) -> list[str]:
    """Return a text with its begun last word finished in each of the best ways, best first."""
    return [known.finish(text, guess.word) for guess in model.complete(text, k=top).words]


def rest_of_first(suggested: Sequence[str], text: str) -> str:
    """Return what the first suggestion adds to a text; "" where it changes it, or there is none."""
    whole = suggested[0] if suggested else ""
    return whole[len(text) :] if whole.startswith(text) else ""
