"""Surprisal of the words of a text, in bits, with rank and entropy.

A word is what stands between white space. Its surprisal is the sum over its tokens; rank and
entropy are those of its first token. The end of a line is not a word.
"""

import math
from collections.abc import Iterable, Iterator

from lmkit.core.errors import UsageError, unknown_name
from lmkit.core.perplexity import perplexity
from lmkit.inference.surprisal import LineReader, TokenMeasures
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import Model
from lmkit.models.directions import Directions
from lmkit.results import Score, ScoredWord
from lmkit.text.words import split_words

CONTEXTS = ("line", "document")


def score_in_context(
    directions: Directions, vocabulary: Vocabulary, lines: Iterable[str], *, context: str
) -> Iterator[Score]:
    """Score lines with the model that reads forward, or the only one there is.

    Args:
        directions: The models that read.
        vocabulary: Their tokens.
        lines: Lines without line ends.
        context: A name in `CONTEXTS`: each line by itself, or with all before it in the state.

    Returns:
        A score a line, in order.

    Raises:
        UsageError: If the context is unknown, or is "document" and the model only reads backward.
    """
    return _scores(vocabulary, measure_in_context(directions, vocabulary, lines, context=context))


def measure_in_context(
    directions: Directions,
    vocabulary: Vocabulary,
    lines: Iterable[str],
    *,
    context: str,
    has_word_starts: bool = False,
) -> Iterator[TokenMeasures]:
    """Measure every token of lines.

    Args:
        directions: The models that read; the forward one, or else the only one, is taken.
        vocabulary: Their tokens.
        lines: Lines without line ends.
        context: A name in `CONTEXTS`.
        has_word_starts: Whether the probability that a word begins is measured too.

    Returns:
        The measures of each line, in order.

    Raises:
        UsageError: If the context is unknown, or is "document" and the model only reads backward.
    """
    if context not in CONTEXTS:
        raise unknown_name("context", context, CONTEXTS)
    is_backward = directions.forward is None
    if is_backward and context == "document":
        raise UsageError("a model that reads backward scores each line by itself")
    reader = LineReader(
        directions.only(), vocabulary, is_backward=is_backward, has_word_starts=has_word_starts
    )
    measure = reader.measure_lines if context == "line" else reader.measure_document
    return measure(lines)


def score_lines(
    model: Model, vocabulary: Vocabulary, lines: Iterable[str], *, is_backward: bool = False
) -> Iterator[Score]:
    """Score lines, each as if nothing stood before it; many are read side by side.

    Args:
        model: The model that reads.
        vocabulary: Its tokens.
        lines: Lines without line ends.
        is_backward: Whether the model reads from right to left.

    Returns:
        A score a line, in order.
    """
    reader = LineReader(model, vocabulary, is_backward=is_backward)
    return _scores(vocabulary, reader.measure_lines(lines))


def perplexity_of_bits(bits: float, words: int) -> float:
    """Return the perplexity per word of a sum of bits; 1 where there is no word."""
    return perplexity(bits * math.log(2), words) if words else 1.0


def _scores(vocabulary: Vocabulary, measured: Iterable[TokenMeasures]) -> Iterator[Score]:
    for measures in measured:
        words = tuple(_scored_words(vocabulary, measures))
        bits = math.fsum(word.surprisal for word in words)
        yield Score(measures.line, words, bits, perplexity_of_bits(bits, len(words)))


def _scored_words(vocabulary: Vocabulary, measures: TokenMeasures) -> Iterator[ScoredWord]:
    unknown, start = vocabulary.tokenizer.unknown_id, 0
    for text, tokens in zip(split_words(measures.line), measures.words, strict=True):
        end = start + len(tokens)
        yield ScoredWord(
            word=text,
            surprisal=math.fsum(measures.surprisal[start:end]),
            rank=measures.rank[start],
            entropy=measures.entropy[start],
            unknown=unknown in tokens,
        )
        start = end
