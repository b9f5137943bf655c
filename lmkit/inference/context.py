"""Contexts: texts read by a model, and the log-probabilities of many continuations at once.

Any `NextWordModel` can be the model, and one that reads backward can stand beside it: it reads the
ids of a line from last to first, so that the right-hand side of a blank comes before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from lmkit.models.base import AnyState, Model, Prediction
from lmkit.models.directions import Directions
from lmkit.models.sequence import BATCH_POSITIONS, batches_by_length

CHUNK = 512  # positions read in one call
BEGINNINGS = 1 << 23  # log-probabilities that are kept of beginnings read once
WORTH_SHARING = 0.2  # of all ids: so much less to read is worth the trouble


@dataclass(frozen=True)
class Context:
    """A text that was read.

    Attributes:
        prediction: The distribution over the next id, one row and one time step.
        state: State of one row.
    """

    prediction: Prediction
    state: AnyState

    @cached_property
    def log_probs(self) -> Tensor:
        """Log-probability of every next id, shape (vocab,)."""
        return self.prediction.log_probs()[0, 0]


def read_context(model: Model, ids: Sequence[int], *, line_end_id: int) -> Context:
    """Read ids as at the beginning of a line.

    Args:
        model: The model that reads.
        ids: Ids of the line; may be empty.
        line_end_id: The id that every line begins after.

    Returns:
        The text read.
    """
    return _read_on(model, model.start(1), [line_end_id, *ids])


def extend(model: Model, context: Context, ids: Sequence[int]) -> Context:
    """Read on.

    Args:
        model: The model that read `context`.
        context: The text read so far.
        ids: The ids after it; may be empty.

    Returns:
        The longer context.
    """
    return _read_on(model, context.state, ids) if ids else context


def continuation_log_probs(
    model: Model, context: Context, continuations: Sequence[Sequence[int]]
) -> Tensor:
    """Return the log-probability of each continuation of a context.

    Args:
        model: The model that read `context`.
        context: The text before.
        continuations: Ids of each; read side by side in batches of bounded size.

    Returns:
        Log-probabilities of the whole continuations, shape (continuations,), double precision.
    """
    begun, number = _read_beginnings(model, context, continuations)
    totals = begun.totals[number]
    for rows in batches_by_length([len(ids) - begun.length for ids in continuations]):
        group = [continuations[row][begun.length :] for row in rows]
        ids, places = padded(group), number[torch.tensor(rows)]
        lengths = torch.tensor([len(part) for part in group])
        found = torch.where(lengths > 0, begun.log_probs[places, ids[:, 0]].double(), 0.0)
        if ids.shape[1] > 1:
            state = model.select(begun.state, places)
            found += _sum_read(model, state, ids, lengths)[0]
        totals[torch.tensor(rows)] += found
    return totals


@dataclass(frozen=True)
class BlankVariants:
    """Variants of a text whose blanks are filled in several ways, as ids.

    Attributes:
        left: Ids that all of them begin with.
        middles: Ids in which they differ.
        right: Ids that all of them end with.
    """

    left: tuple[int, ...]
    middles: tuple[tuple[int, ...], ...]
    right: tuple[int, ...]

    def choose(self, rows: Sequence[int]) -> "BlankVariants":
        """Return some of the variants."""
        return BlankVariants(self.left, tuple(self.middles[row] for row in rows), self.right)

    @cached_property
    def reversed(self) -> "BlankVariants":
        """The same variants, from right to left."""
        middles = tuple(middle[::-1] for middle in self.middles)
        return BlankVariants(self.right[::-1], middles, self.left[::-1])


class BidirectionalScorer:
    """A scorer of the variants of one text, which reads their common part once.

    It serves one question.

    Attributes:
        directions: The models that read.
    """

    def __init__(self, directions: Directions, *, line_end_id: int) -> None:
        self.directions = directions
        self._directions = directions.weighted()
        self._line_end_id = line_end_id
        self._contexts: dict[tuple[bool, tuple[int, ...]], Context] = {}

    def context(self, ids: Sequence[int], *, is_backward: bool) -> Context:
        """Return the state and prediction of a model after ids, read from the beginning of a line.

        Args:
            ids: In the order in which the model reads.
            is_backward: Whether the model that reads backward is meant.
        """
        key = (is_backward, tuple(ids))
        if key not in self._contexts:
            self._contexts[key] = self._read(key)
        return self._contexts[key]

    def log_probs(self, variants: BlankVariants, *, reach: int | None = None) -> Tensor:
        """Return the weighted log-probability of each variant over all models.

        Args:
            variants: Variants of a text.
            reach: Number of tokens beyond the blank that are read; None reads all.

        Returns:
            Log-probabilities up to a constant shared by all, shape (variants,).
        """
        total = torch.zeros(len(variants.middles), dtype=torch.float64)
        for model, is_backward, weight in self._directions:
            seen = variants.reversed if is_backward else variants
            after = seen.right[:reach]
            context = self.context(seen.left, is_backward=is_backward)
            rows = [(*middle, *after) for middle in seen.middles]
            total += weight * continuation_log_probs(model, context, rows)
        return total

    def _read(self, key: tuple[bool, tuple[int, ...]]) -> Context:
        is_backward, ids = key
        model = next(model for model, backward, _ in self._directions if backward is is_backward)
        known = [
            read
            for backward, read in self._contexts
            if backward is is_backward and read == ids[: len(read)]
        ]
        if not known:
            return read_context(model, ids, line_end_id=self._line_end_id)
        longest = max(known, key=len)
        return extend(model, self._contexts[is_backward, longest], ids[len(longest) :])


def padded(rows: Sequence[Sequence[int]]) -> Tensor:
    """Return rows as one tensor, shape (rows, longest); short ones end in zeros."""
    longest = max(1, *map(len, rows))
    table = np.zeros((len(rows), longest), dtype=np.int64)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return torch.from_numpy(table)


def chunks(ids: Iterable[int] | Sequence[int], size: int = CHUNK) -> Iterator[list[int]]:
    """Cut ids into runs of at most `size`."""
    run = list(ids)
    for start in range(0, len(run), size):
        yield run[start : start + size]


def _read_on(model: Model, state: AnyState, ids: Sequence[int]) -> Context:
    for part in chunks(ids):
        prediction, state = model.read(torch.tensor([part]), state)
    return Context(prediction.last(), state)


@dataclass(frozen=True, slots=True)
class _Beginnings:
    """Distinct beginnings of continuations, which were read once for all that begin so.

    Attributes:
        length: Ids of each.
        state: A row for each.
        log_probs: Log-probability of every next id, shape (beginnings, vocab).
        totals: Log-probability of each beginning, shape (beginnings,), double precision.
    """

    length: int
    state: AnyState
    log_probs: Tensor
    totals: Tensor


def _read_beginnings(
    model: Model, context: Context, continuations: Sequence[Sequence[int]]
) -> tuple[_Beginnings, Tensor]:
    """Read what many continuations begin with; also return the number of the beginning of each."""
    first = context.log_probs
    length = _shared_length(continuations, model.vocab_size)
    if not length:
        begun = _Beginnings(0, context.state, first[None], torch.zeros(1, dtype=torch.float64))
        return begun, torch.zeros(len(continuations), dtype=torch.long)
    distinct, number = np.unique(
        [row[:length] for row in continuations], axis=0, return_inverse=True
    )
    ids = torch.from_numpy(distinct)
    state = model.select(context.state, [0] * len(ids))
    totals, state = _sum_read(model, state, ids, torch.full((len(ids),), length))
    prediction, state = model.read(ids[:, -1:], state)
    totals += first[ids[:, 0]].double()
    begun = _Beginnings(length, state, prediction.log_probs()[:, 0], totals)
    return begun, torch.from_numpy(number.reshape(-1))


def _shared_length(rows: Sequence[Sequence[int]], vocab_size: int) -> int:
    """Return the length of beginnings that saves most reading when each distinct one is read once.

    The words for a second blank, say, all come after one of few words for the first. 0 where little
    would be saved.
    """
    length = min(map(len, rows), default=0) - 1
    if length < 1:
        return 0
    table = np.array([row[:length] for row in rows], dtype=np.int64)
    number = np.zeros(len(rows), dtype=np.int64)
    best, most_saved = 0, WORTH_SHARING * sum(map(len, rows))
    for depth in range(1, length + 1):
        _, number = np.unique(number * vocab_size + table[:, depth - 1], return_inverse=True)
        count = int(number.max()) + 1
        if count == len(rows) or count * vocab_size > BEGINNINGS:
            break
        saved = depth * (len(rows) - count)
        if saved > most_saved:
            best, most_saved = depth, saved
    return best


def _sum_read(
    model: Model, state: AnyState, ids: Tensor, lengths: Tensor
) -> tuple[Tensor, AnyState]:
    """Sum the log-probabilities of all ids but the first, padding left out.

    Returns:
        The sums, shape (rows,), and the state after all ids but the last.
    """
    total = torch.zeros(len(ids), dtype=torch.float64)
    last = ids.shape[1] - 1
    step = max(1, min(CHUNK, BATCH_POSITIONS // len(ids)))
    for start in range(0, last, step):
        end = min(start + step, last)
        prediction, state = model.read(ids[:, start:end], state)
        found = prediction.log_prob_of(ids[:, start + 1 : end + 1]).double()
        places = torch.arange(start + 1, end + 1)
        total += torch.where(places < lengths[:, None], found, 0.0).sum(1)
    return total, state
