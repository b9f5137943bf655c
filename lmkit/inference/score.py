"""How surprising the words of a text are: surprisal, rank and entropy, in bits.

A word is what stands between white space. Its surprisal is the sum over its tokens; rank and
entropy are those of its first token. The end of a line is not a word.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.inference.context import batches_by_length, padded
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import AnyState, Model, Prediction
from lmkit.models.directions import Directions
from lmkit.results import Score, ScoredWord
from lmkit.text.words import split_words

CONTEXTS = ("line", "document")
_LINES = 1024  # lines looked at together, each by itself
_FOLLOWING = 64  # the same where they follow each other
_ROWS = 32  # lines read side by side
_VALUES = 1 << 24  # log-probabilities of one call at most, should the model hold them all
_PART = 1 << 20  # log-probabilities worked out together
_CACHED = 1 << 18  # log-probabilities looked at together, few enough to stay in the cache
_STREAM = 256  # positions read in one call where lines follow each other
BITS = 1 / math.log(2)


@dataclass(frozen=True, slots=True)
class _Measures:
    """Of each position, in bits: shape (batch, time) each."""

    surprisal: Tensor
    rank: Tensor
    entropy: Tensor


def score_in_context(
    directions: Directions, vocabulary: Vocabulary, lines: Iterable[str], *, context: str
) -> Iterator[Score]:
    """Score lines with the model that reads forward, or the only one there is.

    Args:
        directions: Who reads.
        vocabulary: Their tokens.
        lines: Lines without line ends.
        context: A name in `CONTEXTS`: each line by itself, or with all before it in state.

    Returns:
        A score a line, in order.

    Raises:
        UsageError: If the context is unknown, or the model only reads backward and goes on.
    """
    if context not in CONTEXTS:
        raise UsageError(f"no context named {context!r}; choose from {', '.join(CONTEXTS)}")
    is_backward = directions.forward is None
    if context == "line":
        return score_lines(directions.only(), vocabulary, lines, is_backward=is_backward)
    if is_backward:
        raise UsageError("a model that reads backward scores each line by itself")
    return score_document(directions.only(), vocabulary, lines)


def score_lines(
    model: Model, vocabulary: Vocabulary, lines: Iterable[str], *, is_backward: bool = False
) -> Iterator[Score]:
    """Score lines, each as if nothing stood before it; many are read side by side.

    Args:
        model: Who reads.
        vocabulary: Its tokens.
        lines: Lines without line ends.
        is_backward: Whether the model reads from right to left.

    Yields:
        A score a line, in order.
    """
    for block in _blocks(lines, _LINES):
        words = [vocabulary.tokenizer.encode_words(line) for line in block]
        turn = -1 if is_backward else 1
        rows = [[vocabulary.line_end_id, *[*itertools.chain(*tokens)][::turn]] for tokens in words]
        found: dict[int, _Measures] = {}
        for group in batches_by_length([len(row) for row in rows], rows=_ROWS):
            ids = padded([rows[row] for row in group])
            measures, _ = _measure(model, ids[:, :-1], ids[:, 1:], model.start(len(group)))
            for place, row in enumerate(group):
                found[row] = _row(measures, place, len(rows[row]) - 1, turn=turn)
        for row, line in enumerate(block):
            yield _score(vocabulary, line, words[row], found[row])


def score_document(model: Model, vocabulary: Vocabulary, lines: Iterable[str]) -> Iterator[Score]:
    """Score lines that follow each other: each is read with all before it in state.

    Args:
        model: Reads from left to right.
        vocabulary: Its tokens.
        lines: Lines without line ends.

    Yields:
        A score a line, in order.
    """
    state = model.start(1)
    for block in _blocks(lines, _FOLLOWING):
        words = [vocabulary.tokenizer.encode_words(line) for line in block]
        rows = [[vocabulary.line_end_id, *itertools.chain(*tokens)] for tokens in words]
        ids = torch.tensor([[*itertools.chain(*rows)]])
        measures, state = _measure(model, ids, ids.roll(-1), state)  # the last target is no word
        start = 0
        for line, tokens, row in zip(block, words, rows, strict=True):
            yield _score(vocabulary, line, tokens, _part(measures, start, len(row) - 1))
            start += len(row)


def _blocks(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(lines)
    while block := list(itertools.islice(rest, size)):
        yield block


def _measure(
    model: Model, ids: Tensor, targets: Tensor, state: AnyState
) -> tuple[_Measures, AnyState]:
    """Read ids and measure how surprising each target is.

    Args:
        model: Who reads.
        ids: What is read, shape (batch, time).
        targets: What came after each, shape (batch, time).
        state: AnyState before.

    Returns:
        Measures of shape (batch, time), and the state after.
    """
    step = max(1, min(_STREAM, _VALUES // (len(ids) * model.vocab_size)))
    parts = [
        _Measures(torch.zeros(len(ids), 0), torch.zeros(len(ids), 0), torch.zeros(len(ids), 0))
    ]
    for start in range(0, ids.shape[1], step):
        prediction, state = model.read(ids[:, start : start + step], state)
        parts += _measure_prediction(prediction, targets[:, start : start + step], model.vocab_size)
    return _Measures(
        torch.cat([part.surprisal for part in parts], 1),
        torch.cat([part.rank for part in parts], 1),
        torch.cat([part.entropy for part in parts], 1),
    ), state


def _measure_prediction(
    prediction: Prediction, targets: Tensor, vocab_size: int
) -> Iterator[_Measures]:
    """Yield what is measured of some time steps after another."""
    rows = len(targets)
    times = max(1, _PART // (rows * vocab_size))
    size = max(1, _CACHED // vocab_size)
    for logits, wanted in zip(
        prediction.logit_parts(times), torch.split(targets, times, 1), strict=True
    ):
        few = torch.split(logits.flatten(0, 1), size), torch.split(wanted.flatten(), size)
        found = [_measure_rows(values, ids) for values, ids in zip(*few, strict=True)]
        yield _Measures(*(torch.cat(parts).view(rows, -1) for parts in zip(*found, strict=True)))


def _measure_rows(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return surprisal, rank and entropy of each row, in bits.

    The log-probabilities themselves are never written down: each is a logit less the row's total,
    which follows from the largest logit and the probability that it stands for.

    Args:
        logits: Log-probabilities up to a constant in each row, shape (rows, vocab).
        targets: The id that came, shape (rows,).
    """
    found = logits.gather(1, targets[:, None])
    space = torch.empty_like(logits)
    above = torch.gt(logits, found, out=space).sum(1)  # numbers add up sooner than truths
    shares = torch.softmax(logits, 1, out=space)
    total = logits.amax(1) - shares.amax(1).log()
    mean = torch.linalg.vecdot(shares, logits)
    if mean.isnan().any():  # 0 * log 0 is 0
        mean = torch.linalg.vecdot(shares, logits.clamp_min(-1e4))
    return (total - found[:, 0]) * BITS, above + 1, (total - mean) * BITS


def _part(measures: _Measures, start: int, length: int) -> _Measures:
    """Return what was measured in a part of the only row."""
    part = slice(start, start + length)
    return _Measures(measures.surprisal[0, part], measures.rank[0, part], measures.entropy[0, part])


def _row(measures: _Measures, row: int, length: int, *, turn: int) -> _Measures:
    """Return what was measured in one row, in the order of the text."""
    flip: tuple[int, ...] = (0,) if turn < 0 else ()
    return _Measures(
        measures.surprisal[row, :length].flip(flip),
        measures.rank[row, :length].flip(flip),
        measures.entropy[row, :length].flip(flip),
    )


def _score(
    vocabulary: Vocabulary, line: str, words: Sequence[Sequence[int]], measures: _Measures
) -> Score:
    surprisals = measures.surprisal.tolist()
    ranks, entropies = measures.rank.tolist(), measures.entropy.tolist()
    unknown = vocabulary.tokenizer.unknown_id
    scored, start = [], 0
    for text, tokens in zip(split_words(line), words, strict=True):
        end = start + len(tokens)
        bits = max(0.0, sum(surprisals[start:end]))
        scored.append(
            ScoredWord(text, bits, int(ranks[start]), max(0.0, entropies[start]), unknown in tokens)
        )
        start = end
    total = sum(word.surprisal for word in scored)
    return Score(line, tuple(scored), total, 2 ** (total / len(scored)) if scored else 1.0)
