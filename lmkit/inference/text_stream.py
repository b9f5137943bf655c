"""Streaming of tokens as text: whole characters only, and never a space too many."""

from collections.abc import Sequence

from lmkit.inference.vocabulary import Vocabulary
from lmkit.text.scripts import UNSPACED

_PART = "\ufffd"


class TextStream:
    """A decoder of one text, token after token."""

    def __init__(self, vocabulary: Vocabulary, prompt: Sequence[int]) -> None:
        self._vocabulary = vocabulary
        self._tokenizer = vocabulary.tokenizer
        self._waiting: list[int] = []
        self._is_line_start = not prompt or prompt[-1] == vocabulary.line_end_id

    def add(self, token: int) -> str:
        """Return the text that a token adds; empty while a character is incomplete."""
        self._waiting.append(token)
        text = self._tokenizer.decode_inside(self._waiting)
        if text.endswith(_PART) and len(self._waiting) < 4:  # no character has more bytes
            return ""
        return self._release(text)

    def end(self) -> str:
        """Return the text held back, once no more tokens come."""
        return self._release(self._tokenizer.decode_inside(self._waiting))

    def _release(self, text: str) -> str:
        if not text:
            return ""
        self._waiting.clear()
        if self._is_line_start:
            text = text.removeprefix(" ")
        self._is_line_start = text.endswith("\n")
        return text


def begins_word(text: str) -> bool:
    """Return whether the text of a token begins a new word, as lengths are counted.

    Words stand between white space; a character of a script without spaces is one too.
    """
    return (text.startswith(" ") and text != " ") or bool(UNSPACED.match(text))
