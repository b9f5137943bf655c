"""Texts with blanks: their places, and the text with words put there."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from lmkit.core.errors import UsageError
from lmkit.text.scripts import UNSPACED

_BLANK = re.compile(r"_{3,}(?P<more>\+)?")
_MOST_WORDS = 3
_MOST_BLANKS = 100  # of one text: each costs a reading of all that stands right of it
_SHOWN = 80  # characters of a text in an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A place for a word.

    Attributes:
        prefix: What the word begins with.
        min_words: Fewest words.
        max_words: Most words.
    """

    prefix: str = ""
    min_words: int = 1
    max_words: int = 1


@dataclass(frozen=True, slots=True)
class Template:
    """A text with blanks.

    Attributes:
        segments: The text before, between and after the blanks: one more than there are blanks.
        blanks: The blanks, first to last.
    """

    segments: tuple[str, ...]
    blanks: tuple[Blank, ...]

    def fill(self, words: Sequence[str]) -> str:
        """Return the text with a word put in place of each blank (its prefix included)."""
        parts = [self.segments[0]]
        for word, segment in zip(words, self.segments[1:], strict=True):
            parts += [word, segment]
        return "".join(parts)


def parse_blanks(text: str) -> Template:
    """Find the blanks of a text.

    `___` is one word, `app___` a word that begins so, `____+` one to three words.

    Args:
        text: A text with at least one blank: three or more underscores.

    Returns:
        The text around the blanks, and the blanks.

    Raises:
        UsageError: If there is no blank, or there are too many.
    """
    found = list(_BLANK.finditer(text))
    if not found:
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        raise UsageError(
            f"no blank in {shown!r}; write ___ (three underscores) where a word is missing"
        )
    if len(found) > _MOST_BLANKS:
        raise UsageError(
            f"a text may have {_MOST_BLANKS} blanks, but this one has {len(found)}; fill it "
            "in parts"
        )
    segments, blanks, end = [], [], 0
    for match in found:
        start = _prefix_start(text, end, match.start())
        segments.append(text[end:start])
        blanks.append(_blank(prefix=text[start : match.start()], has_more=bool(match["more"])))
        end = match.end()
    return Template(segments=(*segments, text[end:]), blanks=tuple(blanks))


def _blank(*, prefix: str, has_more: bool) -> Blank:
    return Blank(prefix=prefix, max_words=_MOST_WORDS if has_more else 1)


def _prefix_start(text: str, low: int, blank: int) -> int:
    """Return where the word begins that a blank at `blank` ends, looking back to `low` at most."""
    start = blank
    while start > low and _is_inside_word(text[start - 1]):
        start -= 1
    while start < blank and not text[start].isalnum():
        start += 1
    return start


def _is_inside_word(character: str) -> bool:
    if UNSPACED.match(character):
        return False
    return character.isalnum() or character in "'’-" or unicodedata.combining(character) > 0
