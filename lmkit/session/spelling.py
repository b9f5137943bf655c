"""Spelling of typed texts as a model reads them, and what is said of its unknown words."""

from dataclasses import dataclass, replace

from lmkit.inference.complete import split_begun
from lmkit.inference.unknown_words import (
    describe_unknown_words,
    unknown_words,
    with_known_variants,
)
from lmkit.inference.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Spelling:
    """Known spellings of typed texts.

    Attributes:
        vocabulary: The words that are known.
        is_learnt: Whether texts are learnt from, so that they are read as they were typed.
    """

    vocabulary: Vocabulary
    is_learnt: bool

    def read(self, text: str) -> str:
        """Return a text in known spellings, or as it is to be learnt."""
        return text if self.is_learnt else with_known_variants(self.vocabulary, text)

    def read_begun(self, text: str) -> str:
        """Return a text in known spellings, its begun last word as it was typed."""
        before = split_begun(text).before
        return self.read(before) + text[len(before) :]

    def notice(self, text: str) -> str:
        """Name the unknown words of a text, and how each is read; empty where there are none."""
        found = unknown_words(self.vocabulary, text)
        if self.is_learnt:
            found = tuple(replace(word, variant=None) for word in found)
        return describe_unknown_words(found) if found else ""
