"""Explanations of fillings: the contribution of each side, word by word."""

from collections.abc import Iterator

from lmkit.inference.bidirectional import sentence_log_probs
from lmkit.inference.fill.blank_variants import template_for
from lmkit.inference.score import score_lines
from lmkit.inference.surprisal import BITS
from lmkit.inference.unknown_words import with_known_variants
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.directions import Directions
from lmkit.results import FillExplanation, Filling, WordBits
from lmkit.text.blanks import Template, parse_blanks
from lmkit.text.words import split_words


def explain_fill(
    directions: Directions, vocabulary: Vocabulary, filling: Filling
) -> tuple[FillExplanation, ...]:
    """Return the bits of every filling, word by word.

    Args:
        directions: The models that read.
        vocabulary: Their tokens.
        filling: The answer of `fill_text`.

    Returns:
        One explanation a filling, in order.
    """
    text = with_known_variants(vocabulary, filling.text)
    template = template_for(vocabulary.tokenizer, parse_blanks(text))
    texts = [template.fill(filled.words) for filled in filling.fillings]
    lines = [" ".join(split_words(text)) for text in texts]
    scores = list(
        score_lines(directions.only(), vocabulary, lines, is_backward=directions.forward is None)
    )
    backward = _backward_bits(directions, vocabulary, lines)
    explanations = []
    for filled, score, bits in zip(filling.fillings, scores, backward, strict=True):
        words = [WordBits(word.word, word.surprisal) for word in score.words]
        places = set(_places(template, filled.words))
        first = min(places, default=0)
        right = [word for place, word in enumerate(words) if place > first and place not in places]
        blanks = [word for place, word in enumerate(words) if place in places]
        explanations.append(
            FillExplanation(filled.text, tuple(blanks), tuple(right), score.bits, bits)
        )
    return tuple(explanations)


def _places(template: Template, words: tuple[str, ...]) -> Iterator[int]:
    """Yield the places of the words that a blank is a part of."""
    text = ""
    for segment, word in zip(template.segments, words, strict=False):
        text += segment
        first = len(split_words(text)) - (1 if text and not text[-1].isspace() else 0)
        text += word
        yield from range(first, len(split_words(text)))


def _backward_bits(
    directions: Directions, vocabulary: Vocabulary, lines: list[str]
) -> list[float | None]:
    if directions.forward is None or directions.backward is None:
        return [None] * len(lines)
    ids = vocabulary.tokenizer.encode_lines(lines)
    found = sentence_log_probs(
        Directions(backward=directions.backward), ids, line_end_id=vocabulary.line_end_id
    )
    return [-value * BITS for value in found.tolist()]
