"""FillExplanation a blank was filled so: what each side contributed, word by word."""

from collections.abc import Iterator

from lmkit.inference.fill.blank_variants import template_for
from lmkit.inference.score import score_lines
from lmkit.inference.directions import Directions, sentence_log_probs
from lmkit.inference.vocabulary import Vocabulary
from lmkit.results import Filling, FillExplanation, WordBits
from lmkit.text.blanks import Template, parse_blanks
from lmkit.text.words import split_words

_BITS = 1 / 0.6931471805599453


def explain_fill(sides: Directions, vocabulary: Vocabulary, filling: Filling) -> tuple[FillExplanation, ...]:
    """Take every filling apart.

    Args:
        sides: Who read.
        vocabulary: Their tokens.
        filling: What `fill_text` answered.

    Returns:
        One explanation a filling, in order.
    """
    template = template_for(vocabulary.tokenizer, parse_blanks(filling.text))
    texts = [template.fill(filled.words) for filled in filling.fillings]
    lines = [" ".join(split_words(text)) for text in texts]
    scores = list(score_lines(sides.only(), vocabulary, lines, is_backward=sides.forward is None))
    backward = _backward_bits(sides, vocabulary, lines)
    whys = []
    for filled, score, bits in zip(filling.fillings, scores, backward, strict=True):
        words = [WordBits(word.word, word.surprisal) for word in score.words]
        places = set(_places(template, filled.words))
        first = min(places, default=0)
        right = [word for place, word in enumerate(words) if place > first and place not in places]
        blanks = [word for place, word in enumerate(words) if place in places]
        whys.append(FillExplanation(filled.text, tuple(blanks), tuple(right), score.bits, bits))
    return tuple(whys)


def _places(template: Template, words: tuple[str, ...]) -> Iterator[int]:
    """Yield the places of the words that a blank is a part of."""
    text = ""
    for segment, word in zip(template.segments, words, strict=False):
        text += segment
        first = len(split_words(text)) - (1 if text and not text[-1].isspace() else 0)
        text += word
        yield from range(first, len(split_words(text)))


def _backward_bits(sides: Directions, vocabulary: Vocabulary, lines: list[str]) -> list[float | None]:
    if sides.forward is None or sides.backward is None:
        return [None] * len(lines)
    ids = vocabulary.tokenizer.encode_lines(lines)
    found = sentence_log_probs(
        Directions(backward=sides.backward), ids, line_end_id=vocabulary.line_end_id
    )
    return [-value * _BITS for value in found.tolist()]
