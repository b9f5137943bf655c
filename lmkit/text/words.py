"""Tokens as a reader sees them: their text, and how they join their neighbours."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lmkit.text.normalise import normalise_text
from lmkit.text.scripts import UNSPACED

LINE_END = "\n"
UNKNOWN = "<unk>"

_APOSTROPHES = ("'", "’")
_FIRST_LEAD_BYTE = 0xC2  # bytes from here on begin a character of several


def split_words(line: str) -> list[str]:
    """Return the words of a line, as figures count them: between white space."""
    return normalise_text(line).split()


@dataclass(frozen=True, slots=True)
class TokenTable:
    r"""Table of the tokens of a vocabulary, by id.

    Attributes:
        spellings: UTF-8 of each token, its leading space included; a token may be a part of a
            character. Joined spellings are the text, before the space that opens a line is dropped.
        texts: The same as text, U+FFFD for a part of a character. "\n" is the line end and
            " <unk>" the unknown word.
        continues: Whether the token carries on the word before it, shape (vocab,).
        hidden: Whether it is never shown as a guess: unknown, line end, control characters, and
            runs of underscores, which stand for a blank.
        opens: Whether it only begins a word with nothing to show yet: a space alone, or the first
            bytes of a character.
    """

    spellings: tuple[bytes, ...]
    texts: tuple[str, ...]
    continues: npt.NDArray[np.bool_]
    hidden: npt.NDArray[np.bool_]
    opens: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.texts)


def build_table(
    spellings: Sequence[bytes], *, unknown_id: int | None, whole_words: bool
) -> TokenTable:
    """Build the table of a vocabulary.

    Args:
        spellings: UTF-8 of each token by id.
        unknown_id: The unknown word, if there is one.
        whole_words: Whether every token is a word, so that none carries on another.

    Returns:
        The table.
    """
    texts = tuple(spelling.decode("utf-8", "replace") for spelling in spellings)
    hidden = np.array([_is_hidden(text) for text in texts], dtype=np.bool_)
    hidden |= np.array([_is_blank(text, whole_words) for text in texts], dtype=np.bool_)
    if unknown_id is not None:
        hidden[unknown_id] = True
    continues = [not whole_words and _continues(spelling) for spelling in spellings]
    opens = [_only_opens(spelling) for spelling in spellings]
    return TokenTable(
        spellings=tuple(spellings),
        texts=texts,
        continues=np.array(continues, dtype=np.bool_),
        hidden=hidden,
        opens=np.array(opens, dtype=np.bool_) & ~hidden,
    )


def _is_hidden(text: str) -> bool:
    return text == "" or all(ord(character) < ord(" ") or character == "\x7f" for character in text)


def _is_blank(text: str, whole_words: bool) -> bool:
    """Tell whether a token holds a blank, or is a word of nothing but underscores."""
    word = text.removeprefix(" ")
    return "___" in word or (whole_words and len(word) > 1 and not word.strip("_"))


def _only_opens(spelling: bytes) -> bool:
    """Tell whether a token is a space, the first bytes of a character, or both."""
    rest = spelling.removeprefix(b" ")
    if not rest:
        return True
    try:
        rest.decode()
    except UnicodeDecodeError as error:
        return error.start == 0 and rest[0] >= _FIRST_LEAD_BYTE
    return False


def _continues(spelling: bytes) -> bool:
    """Tell whether a token carries on a word, as well as it can be told from the token alone."""
    text = spelling.decode("utf-8", "ignore")
    if spelling[:1] != text[:1].encode()[:1]:
        return _continues_in_bytes(spelling[0])
    if text[:1] in _APOSTROPHES:
        return len(text) == 1 or text[1].isalnum()
    return _is_word_character(text[:1])


def _is_word_character(character: str) -> bool:
    if not character or UNSPACED.match(character):
        return False
    return character.isalnum() or character == "_" or _is_mark(character)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M") or character in "\u200c\u200d"


def _continues_in_bytes(first: int) -> bool:
    """Guess from its first byte whether a cut character belongs to a word.

    Bytes from 0x80 stand inside a character; 0xC2 to 0xE1 begin letters of the alphabets (Latin to
    Georgian), 0xE2 punctuation, the rest mostly scripts without spaces, and emoji.
    """
    inside, alphabets = range(0x80, 0xC0), range(0xC2, 0xE2)
    return first in inside or first in alphabets
