"""Surprisal tables: one row for each word as it was written, or for each word of the model.

Where tokens carry the space before a word, the probability that a word ends is counted with the
word after it. The correction moves it to the word that ends (Pimentel and Meister 2024, Oh and
Schuler 2024): the surprisal of a word is the sum over its tokens, less the bits of a word beginning
before it, plus the bits of a word beginning after it. A line begins and ends where it does, so
nothing is taken from its first word and nothing added to its last: the words add up to the line.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lmkit.core.errors import unknown_name
from lmkit.inference.score import measure_in_context, perplexity_of_bits
from lmkit.inference.surprisal import TokenMeasures
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.directions import Directions
from lmkit.results.word_scores import WordScore, WordScores
from lmkit.text.words import split_words

WORDS = ("given", "model")


def score_words(
    directions: Directions,
    vocabulary: Vocabulary,
    lines: Iterable[str],
    *,
    words: str = "given",
    context: str = "line",
) -> Iterator[WordScores]:
    """Score the words of lines for a table.

    Args:
        directions: The models that read; the forward one, or else the only one, is taken.
        vocabulary: Their tokens.
        lines: Lines without line ends.
        words: "given" for the words between white space exactly as written, with the correction for
            leading spaces; "model" for the words that the tokens make, without it.
        context: "line" reads each line by itself, "document" with all before it in the state.

    Returns:
        The scores of each line, in order.

    Raises:
        UsageError: If a name is unknown, or the context is "document" and the model only reads
            backward.
    """
    if words not in WORDS:
        raise unknown_name("kind of words", words, WORDS)
    is_given = words == "given"
    measured = measure_in_context(
        directions,
        vocabulary,
        lines,
        context=context,
        has_word_starts=is_given and not _always_begins_a_word(vocabulary),
    )
    cut = _given_words if is_given else _model_words
    return (_scores(cut(vocabulary, measures), vocabulary, measures) for measures in measured)


@dataclass(frozen=True, slots=True)
class _Span:
    """A word and its tokens: positions `begin` to `end` of the line."""

    text: str
    begin: int
    end: int


def _always_begins_a_word(vocabulary: Vocabulary) -> bool:
    """Return whether every token but the line end begins a word, so that no word goes on."""
    return int(vocabulary.spaced.sum()) >= len(vocabulary) - 1


def _given_words(vocabulary: Vocabulary, measures: TokenMeasures) -> Iterator[_Span]:
    """Yield the words as written; control characters in one make several words of the model."""
    del vocabulary
    begin = number = 0
    for text in measures.line.split():
        after = number + len(split_words(text))
        end = begin + sum(map(len, measures.words[number:after]))
        yield _Span(text, begin, end)
        begin, number = end, after


def _model_words(vocabulary: Vocabulary, measures: TokenMeasures) -> Iterator[_Span]:
    """Yield the words that the tokens make: "king." is a word and a full stop."""
    begin = 0
    for text, tokens in zip(split_words(measures.line), measures.words, strict=True):
        starts = _starts(vocabulary, tokens)
        for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
            shown = text if len(starts) == 1 else _text(vocabulary, tokens[start:end])
            yield _Span(shown, begin + start, begin + end)
        begin += len(tokens)


def _starts(vocabulary: Vocabulary, tokens: Sequence[int]) -> list[int]:
    """Return the positions in a written word at which the model begins a word."""
    starts = [0]
    for place in range(1, len(tokens)):
        is_begun = not vocabulary.opens[list(tokens[starts[-1] : place])].all()
        if is_begun and not vocabulary.continues[tokens[place]]:
            starts.append(place)
    return starts


def _text(vocabulary: Vocabulary, tokens: Sequence[int]) -> str:
    return vocabulary.tokenizer.decode_inside(tokens).strip()


def _scores(spans: Iterable[_Span], vocabulary: Vocabulary, measures: TokenMeasures) -> WordScores:
    ids = [number for tokens in measures.words for number in tokens]
    scored = tuple(_word(span, ids, vocabulary, measures) for span in spans)
    bits = math.fsum(word.surprisal for word in scored)
    return WordScores(measures.line, scored, bits, perplexity_of_bits(bits, len(scored)))


def _word(
    span: _Span, ids: Sequence[int], vocabulary: Vocabulary, measures: TokenMeasures
) -> WordScore:
    if span.begin == span.end:  # control characters alone: nothing of it is read
        return WordScore(span.text, 0.0, 0.0, 1, 0.0, unknown=False)
    plain = math.fsum(measures.surprisal[span.begin : span.end])
    corrected = plain - _start_bits(measures, span.begin) + _start_bits(measures, span.end)
    return WordScore(
        word=span.text,
        surprisal=max(0.0, corrected),
        surprisal_uncorrected=plain,
        rank=measures.rank[span.begin],
        entropy=measures.entropy[span.begin],
        unknown=vocabulary.tokenizer.unknown_id in ids[span.begin : span.end],
    )


def _start_bits(measures: TokenMeasures, place: int) -> float:
    """Return the bits of a word beginning at a position; 0 at the ends of the line."""
    return measures.word_start[place] if 0 < place < len(measures.word_start) else 0.0
