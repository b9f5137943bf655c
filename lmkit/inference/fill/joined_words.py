"""Words that a blank and the characters right beside it make together, as in "the ___'s daughter".

A vocabulary of whole words has "king's" as one token. A candidate is usable there only if the
vocabulary has the joined word, or if the tokenizer cuts the candidate off from its neighbours, as
in "___,". Subword and character vocabularies spell every joined word.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from torch import Tensor

from lmkit.inference.bidirectional import BlankVariants
from lmkit.inference.complete import place_after
from lmkit.inference.fill.blank_variants import detached, encode_variants
from lmkit.inference.vocabulary import Vocabulary, is_punctuation
from lmkit.text.blanks import Blank, Template

_LEFT = re.compile(r"[\w'’.\-]+$")  # characters that a word after them may join
_RIGHT = re.compile(r"[^\s]+")  # characters that may join the word before them
_LONGEST = 32  # characters that are joined, on either side


def is_joined(template: Template) -> bool:
    """Return whether a blank of a text has a character other than white space beside it."""
    left = any(segment[-1:].strip() for segment in template.segments[:-1])
    return left or any(segment[:1].strip() for segment in template.segments[1:])


def joined_words(
    vocabulary: Vocabulary, log_probs: Tensor, blank: Blank, *, before: str, after: str
) -> dict[str, float]:
    """Return the words for a blank that are known only together with what touches the blank.

    Args:
        vocabulary: A vocabulary of whole words.
        log_probs: Log-probability of every id at the blank, shape (vocab,).
        blank: The blank, which takes one word.
        before: The text before the blank.
        after: The text after it.

    Returns:
        Each word with the log-probability of the token that it makes with its neighbours.
    """
    found: dict[str, float] = {}
    row = log_probs.tolist()
    for start, ending in _neighbours(before, after):
        usable = vocabulary.starting(place_after(before[: len(before) - len(start)]))
        least = len(start) + len(blank.prefix) + len(ending)
        for number in np.flatnonzero(usable).tolist():
            text = vocabulary.words[number]
            if len(text) <= least or not text.endswith(ending):
                continue
            word = text[len(start) : len(text) - len(ending)]
            if text.startswith(start + blank.prefix) and not is_punctuation(word):
                found[word] = max(row[number], found.get(word, row[number]))
    return found


def unknown_joined(
    vocabulary: Vocabulary, template: Template, fillings: Sequence[Sequence[str]]
) -> list[bool]:
    """Return for each filling whether it makes a joined word that the vocabulary lacks.

    Args:
        vocabulary: The tokens.
        template: The text with its blanks.
        fillings: A word for each blank, for each filling.
    """
    unknown = vocabulary.tokenizer.unknown_id
    if unknown is None or not vocabulary.is_whole or not is_joined(template):
        return [False] * len(fillings)
    joined = encode_variants(vocabulary.tokenizer, template, fillings)
    apart = encode_variants(vocabulary.tokenizer, detached(template), fillings)
    # An unknown token that stands beside the word is no fault of the word: then both are as long.
    return [
        unknown in one and length < other
        for one, length, other in zip(
            joined.middles, _lengths(joined), _lengths(apart), strict=True
        )
    ]


def joined_text(template: Template, words: Sequence[str]) -> str:
    """Return the first word of a filled text that a blank and its neighbours make together."""
    for number, word in enumerate(words):
        left = _LEFT.search(template.segments[number])
        right = _RIGHT.match(template.segments[number + 1])
        if left or right:
            return f"{left[0] if left else ''}{word}{right[0] if right else ''}"
    return " ".join(words)


def _lengths(variants: BlankVariants) -> list[int]:
    """Return the number of tokens of each whole text."""
    around = len(variants.left) + len(variants.right)
    return [around + len(middle) for middle in variants.middles]


def _neighbours(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield the characters on each side that may make a word with a blank, not both empty."""
    left, right = _LEFT.search(before[-_LONGEST:]), _RIGHT.match(after[:_LONGEST])
    starts = ["", left[0]] if left else [""]
    ending = right[0] if right else ""
    for start in starts:
        for length in range(len(ending) + 1):
            if start or length:
                yield start, ending[:length]
