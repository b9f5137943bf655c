"""Ids of a text with its blanks filled in several ways, equal to the ids of each whole text.

Each piece between white space is cut into tokens by itself, so only the pieces around a blank are
cut anew for each filling.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lmkit.inference.bidirectional import BlankVariants
from lmkit.inference.complete import place_after
from lmkit.inference.vocabulary import Place
from lmkit.text.blanks import Template
from lmkit.text.tokenizer import Tokenizer

_SPACE = re.compile(r"\s")
_ANY_WORD = "a"  # stands before a word so that this is not cut as the first of a line


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
