"""Fillings of the blanks of a text as a vocabulary spells them: their ids, and which are known.

The ids of a filled text equal those of the whole text read anew; only the pieces around a blank,
between the nearest white space, are cut into tokens for each filling.

A blank and the characters right beside it make a word together, as in "the ___'s daughter". A
vocabulary of whole words has "king's" as one token. A candidate is usable there only if the
vocabulary has the joined word, or if the tokenizer cuts the candidate off from its neighbours, as
in "___,". Subword and character vocabularies spell every joined word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.context import BlankVariants
from lmkit.inference.fill.config import FillConfig, Words
from lmkit.inference.vocabulary import Place, Vocabulary, is_punctuation, place_after
from lmkit.text.blanks import Blank, Template
from lmkit.text.tokenizer import Tokenizer

_SPACE = re.compile(r"\s")
_ANY_WORD = "a"  # stands before a word so that this is not cut as the first of a line
_LEFT = re.compile(r"[\w'’.\-]+$")  # characters that a word after them may join
_RIGHT = re.compile(r"[^\s]+")  # characters that may join the word before them
_LONGEST = 32  # characters that are joined, on either side


def encode_variants(
    tokenizer: Tokenizer, template: Template, fillings: Sequence[Sequence[str]]
) -> BlankVariants:
    """Return the ids of a text filled in several ways.

    Args:
        tokenizer: The tokenizer of the model.
        template: The text with its blanks.
        fillings: A word for each blank, for each variant.

    Returns:
        Ids; left, middle and right joined are the ids of the filled text.
    """
    template = detached(template) if _parts_by_spaces(tokenizer) else template
    cut = _Cut.of(template)
    texts = [cut.core.fill(words) for words in fillings]
    return BlankVariants(
        left=tuple(tokenizer.encode(cut.left)),
        middles=tuple(map(tuple, _encode_all(tokenizer, texts, place=place_after(cut.left)))),
        right=tuple(tokenizer.encode_inside(cut.right)),
    )


def detached(template: Template) -> Template:
    """Return the template with spaces around its blanks, for words parted by spaces alone."""
    segments = list(template.segments)
    for number, segment in enumerate(segments):
        if number and segment and not segment[0].isspace():
            segments[number] = " " + segments[number]
        if number < len(segments) - 1 and segment and not segment[-1].isspace():
            segments[number] += " "
    return Template(tuple(segments), template.blanks)


def template_for(tokenizer: Tokenizer, template: Template) -> Template:
    """Return the template as the tokenizer's tokens can fill it."""
    return detached(template) if _parts_by_spaces(tokenizer) else template


def with_lengths(template: Template, config: FillConfig) -> Template:
    """Return the template with the lengths of its blanks that were asked for."""
    if config.words is None:
        return template
    low, high = config.words
    blanks = tuple(replace(blank, min_words=low, max_words=high) for blank in template.blanks)
    return Template(template.segments, blanks)


def known_choices(vocabulary: Vocabulary, config: FillConfig, template: Template) -> Words:
    """Return the choices that are allowed, each once.

    Raises:
        UsageError: If one is unknown, by itself and with the characters beside a blank.
    """
    avoid = {word.casefold() for word in config.avoid}
    split = [choice.split() for choice in config.choices or ()]
    wanted = [words for words in split if not avoid.intersection(map(str.casefold, words))]
    cleaned = tuple(dict.fromkeys(map(" ".join, wanted)))
    for choice in cleaned:
        if choice and not vocabulary.known(choice) and not _fits(vocabulary, choice, template):
            raise UsageError(
                f"the model does not know {choice!r}, which is among the choices; "
                "leave it out or train on a text that has it"
            )
    return tuple(choice for choice in cleaned if choice)


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


@dataclass(frozen=True, slots=True)
class _Cut:
    """A template cut at the white space nearest to its blanks."""

    left: str
    core: Template
    right: str

    @classmethod
    def of(cls, template: Template) -> "_Cut":
        first, last = template.segments[0], template.segments[-1]
        spaces = [match.end() for match in _SPACE.finditer(first)]
        start = spaces[-1] if spaces else 0
        space = _SPACE.search(last)
        end = space.start() if space else len(last)
        segments = (first[start:], *template.segments[1:-1], last[:end])
        return cls(first[:start], Template(segments, template.blanks), last[end:])


def _encode_all(tokenizer: Tokenizer, texts: list[str], *, place: Place) -> list[list[int]]:
    if any("\n" in text or "\r" in text for text in texts):
        opening = "" if place is Place.LINE_START else " "
        encode = tokenizer.encode_inside if opening else tokenizer.encode
        return [encode(opening + text) for text in texts]
    if place is Place.LINE_START:
        return tokenizer.encode_lines(texts)
    skipped = len(tokenizer.encode(_ANY_WORD))
    return [ids[skipped:] for ids in tokenizer.encode_lines([f"{_ANY_WORD} {t}" for t in texts])]


def _parts_by_spaces(tokenizer: Tokenizer) -> bool:
    return tokenizer.config.unit == "word" and tokenizer.config.split == "spaces"


def _fits(vocabulary: Vocabulary, choice: str, template: Template) -> bool:
    """Return whether a choice is known with the characters beside each blank, as a comma may be."""
    template = template_for(vocabulary.tokenizer, template)
    for number, blank in enumerate(template.blanks):
        around = Template(template.segments[number : number + 2], (blank,))
        ids = encode_variants(vocabulary.tokenizer, around, [(choice,)]).middles[0]
        if vocabulary.tokenizer.unknown_id in ids:
            return False
    return True


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
