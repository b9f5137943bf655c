"""Perplexity of models of different vocabularies over one open vocabulary.

A model that knows few words has few to choose from, so its perplexity is low for a bad reason. Here
every model answers for the same words: the union of the vocabularies compared and of the words of
the text. A word that a model does not know costs the negative log-probability of its unknown word
plus that of a uniform choice among the words of the union that it lacks. So each model is one
distribution over the whole union, and their figures can be compared.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lmkit.core.errors import DataError, UsageError
from lmkit.core.perplexity import perplexity
from lmkit.models.base import Model
from lmkit.models.sequence import stream_log_probs
from lmkit.text.normalise import open_line
from lmkit.text.tokenizer import Tokenizer
from lmkit.text.words import LINE_END, split_words


@dataclass(frozen=True, slots=True)
class OpenText:
    """A text cut into words, and the words that every model answers for.

    Attributes:
        words: The text as tokens, the space before a word included, and a line end after each line.
        union: Every token of the vocabularies compared and of the text.
        count: Words between white space, and one for each line end: what perplexity is divided by.
    """

    words: tuple[str, ...]
    union: frozenset[str]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvaluation:
    """Figures of a model over an open vocabulary."""

    perplexity: float  # per word
    known: float  # share of the words of the text that the model knows, line ends left out
    lacking: int  # words of the union that the model does not know


def open_text(lines: Iterable[str], tokenizers: Sequence[Tokenizer]) -> OpenText:
    """Cut a text into words, and gather all words that models of some tokenizers answer for.

    Args:
        lines: Lines without line ends.
        tokenizers: Those of the models to compare; they cut text alike.

    Returns:
        The text.

    Raises:
        UsageError: If one of them has other tokens than words, or they cut text differently.
        DataError: If there is no line.
    """
    ways = {(t.config.unit, t.config.split, t.config.lowercase) for t in tokenizers}
    if len(ways) != 1 or next(iter(ways))[0] != "word":
        raise UsageError("an open vocabulary is one of words, which all models cut in one way")
    tokenizer = tokenizers[0]
    cut = tokenizer.to_library().pre_tokenizer.pre_tokenize_str
    words: list[str] = []
    count = 0
    for line in lines:
        normalised = tokenizer.normalise(line)
        words += [token for token, _ in cut(open_line(normalised))] + [LINE_END]
        count += len(split_words(normalised)) + 1
    if not words:
        raise DataError("there is no text to evaluate; give at least one line")
    union = frozenset(words).union(*(known_words(each) for each in tokenizers))
    return OpenText(tuple(words), union, count)


def evaluate_open(model: Model, tokenizer: Tokenizer, text: OpenText) -> OpenEvaluation:
    """Measure a model that reads forward over an open vocabulary.

    Args:
        model: The model.
        tokenizer: Its words.
        text: The text.

    Returns:
        Its figures.
    """
    id_of = {word: number for number, word in enumerate(tokenizer.tokens.texts)}
    lacking = len(text.union - known_words(tokenizer))
    ids = np.array([id_of.get(word, tokenizer.unknown_id) for word in text.words], dtype=np.int64)
    log_probs = stream_log_probs(model, ids, line_end_id=tokenizer.line_end_id)
    unknown = int((ids == tokenizer.unknown_id).sum())
    nats = -log_probs.sum().item() + unknown * math.log(max(1, lacking))
    line_ends = text.words.count(LINE_END)
    return OpenEvaluation(
        perplexity=perplexity(nats, text.count),
        known=1 - unknown / max(1, len(text.words) - line_ends),
        lacking=lacking,
    )


def known_words(tokenizer: Tokenizer) -> frozenset[str]:
    """Return the words that a tokenizer knows; the unknown word is none."""
    texts = tokenizer.tokens.texts
    return frozenset(text for id_, text in enumerate(texts) if id_ != tokenizer.unknown_id)
