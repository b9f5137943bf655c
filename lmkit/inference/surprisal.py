"""Surprisal, rank and entropy of each token of many lines, in bits.

Lines are read each by itself, many side by side, or as one document with the state carried from
line to line. Knows tokens and no words.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lmkit.inference.context import padded
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import AnyState, Model, Prediction
from lmkit.models.sequence import batches_by_length, read_chunks

BITS = 1 / math.log(2)  # bits of one nat
MOST_BITS = 1e6  # of one token; a probability of 0 counts as so many, so that every sum is finite
_LINES = 1024  # lines looked at together, each by itself
_FOLLOWING = 64  # the same where they follow each other
_ROWS = 32  # lines read side by side
_VALUES = 1 << 21  # log-probabilities of one call at most, should the model hold them all
_PART = 1 << 20  # log-probabilities worked out together
_CACHED = 1 << 18  # log-probabilities looked at together, few enough to stay in the cache
_TINY = 1.2e-38  # about the least normal float32: smaller ones may be flushed to zero


@dataclass(frozen=True, slots=True)
class TokenMeasures:
    """Measures of the tokens of one line, in the order of the text.

    Attributes:
        line: The line as it was given.
        words: Ids of each word between white space.
        surprisal: Bits of each token given all tokens read before it.
        rank: Number of tokens that were at least as probable, 1 for the most probable.
        entropy: Bits of the distribution each token was drawn from.
        word_start: Bits of the event that a token which begins a word, or the line end, stands at
            each token's position; empty where that was not asked for.
    """

    line: str
    words: Sequence[Sequence[int]]
    surprisal: Sequence[float]
    rank: Sequence[int]
    entropy: Sequence[float]
    word_start: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class LineReader:
    """A model that measures lines, and the vocabulary of its tokens.

    Attributes:
        model: The model that reads.
        vocabulary: Its tokens.
        is_backward: Whether it reads from right to left.
        has_word_starts: Whether `word_start` is measured; a model that reads backward has none.
    """

    model: Model
    vocabulary: Vocabulary
    is_backward: bool = False
    has_word_starts: bool = False

    def measure_lines(self, lines: Iterable[str]) -> Iterator[TokenMeasures]:
        """Measure lines, each as if nothing stood before it; many are read side by side.

        Args:
            lines: Lines without line ends.

        Yields:
            The measures of each line, in order.
        """
        turn = -1 if self.is_backward else 1
        for block in _blocks(lines, _LINES):
            words = [self.vocabulary.tokenizer.encode_words(line) for line in block]
            rows = [[*itertools.chain(*tokens)][::turn] for tokens in words]
            found: dict[int, TokenMeasures] = {}
            for group in batches_by_length([len(row) + 1 for row in rows], rows=_ROWS):
                ids = padded([[self.vocabulary.line_end_id, *rows[row]] for row in group])
                table, _ = self._measure(ids, self.model.start(len(group)))
                for place, row in enumerate(group):
                    part = table.part(place, 0, len(rows[row]))
                    found[row] = part.of_line(block[row], words[row], turn=turn)
            yield from (found[row] for row in range(len(block)))

    def measure_document(self, lines: Iterable[str]) -> Iterator[TokenMeasures]:
        """Measure lines that follow each other: each is read with all before it in the state.

        Args:
            lines: Lines without line ends.

        Yields:
            The measures of each line, in order.
        """
        state, line_end = self.model.start(1), self.vocabulary.line_end_id
        for block in _blocks(lines, _FOLLOWING):
            words = [self.vocabulary.tokenizer.encode_words(line) for line in block]
            rows = [[*itertools.chain(*tokens), line_end] for tokens in words]
            ids = torch.tensor([[line_end, *itertools.chain(*rows)]])
            table, state = self._measure(ids, state)
            start = 0
            for line, tokens, row in zip(block, words, rows, strict=True):
                yield table.part(0, start, start + len(row) - 1).of_line(line, tokens)
                start += len(row)

    def _measure(self, ids: Tensor, state: AnyState) -> tuple["_Table", AnyState]:
        """Read ids, shape (batch, 1 + time), and measure all but the first of each row."""
        most = max(1, _VALUES // (len(ids) * self.model.vocab_size))
        starts = self._starts_a_word() if self.has_word_starts and not self.is_backward else None
        parts = [_Table.empty(len(ids), has_word_starts=starts is not None)]
        for chunk in read_chunks(self.model, ids, state, most=most):
            parts += _measure_prediction(
                chunk.prediction, chunk.targets, self.model.vocab_size, starts
            )
            state = chunk.state
        return _Table.joined(parts), state

    def _starts_a_word(self) -> Tensor:
        """Return 1 for each token that begins a word and for the line end, shape (vocab,)."""
        starts = torch.from_numpy(self.vocabulary.spaced).float()
        starts[self.vocabulary.line_end_id] = 1.0
        return starts


@dataclass(frozen=True, slots=True)
class _Table:
    """Measures in bits of rows of tokens, each of shape (batch, time)."""

    surprisal: Tensor
    rank: Tensor
    entropy: Tensor
    word_start: Tensor | None

    @classmethod
    def empty(cls, rows: int, *, has_word_starts: bool) -> "_Table":
        nothing = torch.zeros(rows, 0)
        return cls(nothing, nothing.long(), nothing, nothing if has_word_starts else None)

    @classmethod
    def joined(cls, parts: Sequence["_Table"]) -> "_Table":
        starts = [part.word_start for part in parts if part.word_start is not None]
        return cls(
            torch.cat([part.surprisal for part in parts], 1),
            torch.cat([part.rank for part in parts], 1),
            torch.cat([part.entropy for part in parts], 1),
            torch.cat(starts, 1) if starts else None,
        )

    def part(self, row: int, begin: int, end: int) -> "_Table":
        """Return some tokens of one row, each measure of shape (time,)."""
        place = (row, slice(begin, end))
        return _Table(
            self.surprisal[place],
            self.rank[place],
            self.entropy[place],
            None if self.word_start is None else self.word_start[place],
        )

    def of_line(self, line: str, words: Sequence[Sequence[int]], *, turn: int = 1) -> TokenMeasures:
        """Return the measures of one row as lists; a turn of -1 turns them round."""
        return TokenMeasures(
            line,
            words,
            self.surprisal.tolist()[::turn],
            self.rank.tolist()[::turn],
            self.entropy.tolist()[::turn],
            () if self.word_start is None else self.word_start.tolist(),
        )


def _blocks(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(lines)
    while block := list(itertools.islice(rest, size)):
        yield block


def _measure_prediction(
    prediction: Prediction, targets: Tensor, vocab_size: int, starts: Tensor | None
) -> Iterator[_Table]:
    """Yield the measures of some time steps after another."""
    rows = len(targets)
    times = max(1, _PART // (rows * vocab_size))
    size = max(1, _CACHED // vocab_size)
    for logits, wanted in zip(
        prediction.logit_parts(times), torch.split(targets, times, 1), strict=True
    ):
        few = torch.split(logits.flatten(0, 1), size), torch.split(wanted.flatten(), size)
        found = [measure_rows(values, ids, starts) for values, ids in zip(*few, strict=True)]
        surprisal, rank, entropy, word_start = (
            torch.cat(parts).view(rows, -1) for parts in zip(*found, strict=True)
        )
        yield _Table(surprisal, rank, entropy, None if starts is None else word_start)


def measure_rows(
    logits: Tensor, targets: Tensor, starts: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return surprisal, rank, entropy and word start of each row, in bits.

    The log-probabilities themselves are never written down: each is a logit less the row's total,
    which follows from the largest logit and the probability that it stands for.

    Args:
        logits: Log-probabilities up to a constant in each row, shape (rows, vocab).
        targets: The id that came, shape (rows,).
        starts: 1 for each token that begins a word and for the line end, shape (vocab,).

    Returns:
        Four tensors of shape (rows,); the last is 0 without `starts`.
    """
    found = logits.gather(1, targets[:, None])
    space = torch.empty_like(logits)
    above = torch.gt(logits, found, out=space).sum(1)  # numbers add up sooner than truths
    probs = torch.softmax(logits, 1, out=space)
    total = logits.amax(1) - probs.amax(1).log()
    mean = torch.linalg.vecdot(probs, logits)
    if mean.isnan().any():  # 0 * log 0 is 0
        mean = torch.linalg.vecdot(probs, logits.clamp_min(-1e4))
    surprisal = ((total - found[:, 0]) * BITS).clamp(0.0, MOST_BITS)
    begun = torch.zeros_like(total) if starts is None else _bits_of(probs @ starts.to(probs))
    return surprisal, (above + 1).long(), ((total - mean) * BITS).clamp_min(0.0), begun


def _bits_of(probability: Tensor) -> Tensor:
    """Return -log2 of probabilities, finite also for 0."""
    return -probability.clamp(_TINY, 1.0).log2()
