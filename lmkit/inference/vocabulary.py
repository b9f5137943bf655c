"""A tokenizer's tokens, arranged for finding words: by beginning, and by what stands before them.

Knows no model.
"""

import bisect
import unicodedata
from collections import Counter
from enum import Enum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lmkit.text.normalise import starts_without_space
from lmkit.text.scripts import UNSPACED
from lmkit.text.tokenizer import Tokenizer

Mask = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]

_LAST = "\U0010ffff"


class Place(Enum):
    """The place of a word, on which depends whether its first token carries a space."""

    ANYWHERE = "anywhere"  # it may stick to what is before it, as a comma does
    LINE_START = "line start"
    SPACED = "after a space"
    GLUED = "right after other characters"


def place_after(before: str) -> Place:
    """Return the place of a word that stands right after a text."""
    if not before.strip() or before.rstrip(" \t").endswith("\n"):
        return Place.LINE_START
    return Place.SPACED if before[-1].isspace() else Place.GLUED


def is_punctuation(word: str) -> bool:
    """Return whether a word is punctuation alone: marks, quotes, underscores and accents.

    Args:
        word: Its text without spaces; not empty.
    """
    return all(_is_mark(character) for character in word) and word != ""


def ends_in_a_letter(text: str) -> bool:
    """Return whether a text, white space after it not counted, ends in a letter or digit."""
    return text.rstrip(" \t")[-1:].isalnum() and not UNSPACED.match(text.rstrip(" \t")[-1:])


def _is_mark(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("P") or category == "Sk"


class Vocabulary:
    """The tokens of a tokenizer by id, as the searches need them.

    Attributes:
        tokenizer: The tokenizer.
        line_end_id: Id of the end of a line.
        texts: Text of each token, its leading space included.
        words: Text of each token without its leading space.
        continues: Whether a token carries on the word before it, shape (vocab,).
        hidden: Whether it is never shown, shape (vocab,).
        opens: Whether it begins a word with nothing to show yet, shape (vocab,).
        shown: Whether it may be shown as a word, shape (vocab,).
        spaced: Whether it carries the space before it, shape (vocab,).
        is_whole: Whether every token is a word by itself.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        table = tokenizer.tokens
        self.tokenizer = tokenizer
        self.line_end_id = tokenizer.line_end_id
        self.texts = table.texts
        self.words = [text.removeprefix(" ") for text in table.texts]
        self.continues: Mask = np.asarray(table.continues, dtype=np.bool_)
        self.opens: Mask = np.asarray(table.opens, dtype=np.bool_)
        self.hidden: Mask = np.asarray(table.hidden, dtype=np.bool_)
        self.is_whole = tokenizer.config.unit == "word"
        self.shown: Mask = ~self.hidden & np.array([word.strip() != "" for word in self.words])
        self.spaced: Mask = np.array([text.startswith(" ") for text in table.texts])

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def word_numbers(self) -> tuple[Ids, tuple[str, ...]] | None:
        """Number the distinct words, where a comma with a space and one without are the same.

        Returns:
            The number of each token's word, shape (vocab,), and the words; None where every token
            has a word to itself.
        """
        numbers: dict[str, int] = {}
        of_token = [numbers.setdefault(word, len(numbers)) for word in self.words]
        if len(numbers) == len(self.words):
            return None
        return np.array(of_token, dtype=np.int64), tuple(numbers)

    @cached_property
    def punctuation(self) -> Mask:
        """Mask of the tokens that are punctuation alone, shape (vocab,)."""
        return np.array([is_punctuation(word) for word in self.words])

    @cached_property
    def joins_letters(self) -> Mask:
        """Mask of the tokens that read as a part of a word before them, shape (vocab,).

        A token without a space that begins with a letter makes another word of the one before it.
        """
        letters = [word[:1].isalnum() and not UNSPACED.match(word) for word in self.words]
        joins: Mask = ~self.spaced & np.array(letters, dtype=np.bool_)
        return joins

    def starting(self, place: Place) -> Mask:
        """Return whether each token may begin a word at a place, shape (vocab,)."""
        usable = ~self.hidden
        if place is Place.SPACED:
            return usable & self.spaced
        if place is Place.LINE_START:
            return usable & (self.spaced | self._unspaced_scripts)
        if place is Place.GLUED:
            return usable & ~self.spaced
        return usable & ~self.continues

    def beginning_with(self, start: str) -> Ids:
        """Return the ids of all tokens whose text, leading space included, begins with `start`."""
        texts, ids = self._sorted
        low = bisect.bisect_left(texts, start)
        high = bisect.bisect_left(texts, start + _LAST)
        return ids[low:high]

    def begun_by(self, text: str) -> Ids:
        """Return the ids of all tokens that are a part of `text` from its start, but not all."""
        found = [self._of_text.get(text[:end], ()) for end in range(1, len(text))]
        return np.array([number for ids in found for number in ids], dtype=np.int64)

    @cached_property
    def letters(self) -> str:
        """All letters that words are made of, the most used first, at most 200."""
        counts = Counter(character for word in self.words for character in word)
        return "".join(letter for letter, _ in counts.most_common(200) if letter.isalpha())

    def known(self, word: str) -> bool:
        """Return whether a text has no unknown token in it, unless it asks for that by name."""
        unknown = self.tokenizer.unknown_id
        return (
            unknown is None or word.strip() == "<unk>" or unknown not in self.tokenizer.encode(word)
        )

    @cached_property
    def _sorted(self) -> tuple[list[str], Ids]:
        order = sorted(range(len(self.texts)), key=self.texts.__getitem__)
        return [self.texts[number] for number in order], np.array(order, dtype=np.int64)

    @cached_property
    def _of_text(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for number, text in enumerate(self.texts):
            found[text] = (*found.get(text, ()), number)
        return found

    @cached_property
    def _unspaced_scripts(self) -> Mask:
        return np.array([starts_without_space(text) for text in self.texts])
