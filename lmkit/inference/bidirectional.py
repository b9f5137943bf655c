"""The models that judge a whole sentence: one that reads forward, one that reads backward, or both.

A backward model reads the ids of a line from last to first; to it the right-hand side of a blank is
what stands before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from lmkit.inference.context import (
    Context,
    batches_by_length,
    continuation_log_probs,
    extend,
    read_context,
)
from lmkit.models.directions import Directions


@dataclass(frozen=True)
class BlankVariants:
    """The ways to fill a text, as ids.

    Attributes:
        left: What all of them begin with.
        middles: What differs.
        right: What all of them end with.
    """

    left: tuple[int, ...]
    middles: tuple[tuple[int, ...], ...]
    right: tuple[int, ...]

    def choose(self, rows: Sequence[int]) -> "BlankVariants":
        """Return some of the ways."""
        return BlankVariants(self.left, tuple(self.middles[row] for row in rows), self.right)

    @cached_property
    def reversed(self) -> "BlankVariants":
        """The same, from right to left."""
        middles = tuple(middle[::-1] for middle in self.middles)
        return BlankVariants(self.right[::-1], middles, self.left[::-1])


class BidirectionalScorer:
    """Reads the completions of one text, and keeps what is common to them.

    One is made for one question and thrown away.
    """

    def __init__(self, directions: Directions, *, line_end_id: int) -> None:
        self._directions = directions.weighted()
        self._line_end_id = line_end_id
        self._contexts: dict[tuple[bool, tuple[int, ...]], Context] = {}

    def context(self, ids: Sequence[int], *, is_backward: bool) -> Context:
        """Return what a model makes of ids, read from the beginning of a line.

        Args:
            ids: In the order in which the model reads.
            is_backward: Which model.
        """
        key = (is_backward, tuple(ids))
        if key not in self._contexts:
            self._contexts[key] = self._read(key)
        return self._contexts[key]

    def log_probs(self, completions: BlankVariants, *, reach: int | None = None) -> Tensor:
        """Return how probable each completion is, all models together.

        Args:
            completions: Ways to fill a text.
            reach: How many tokens beyond the blank are read; None reads all.

        Returns:
            Log-probabilities up to a constant shared by all, shape (completions,).
        """
        total = torch.zeros(len(completions.middles), dtype=torch.float64)
        for model, is_backward, weight in self._directions:
            seen = completions.reversed if is_backward else completions
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


def sentence_log_probs(
    directions: Directions,
    sentences: Sequence[Sequence[int]],
    *,
    line_end_id: int,
    has_end: bool = False,
) -> Tensor:
    """Return how probable whole sentences are, each read as a line of its own.

    Args:
        directions: Who reads.
        sentences: Ids of each, without line ends.
        line_end_id: The end of a line.
        has_end: Whether the end of the line is counted too.

    Returns:
        Natural log-probabilities, shape (sentences,), double precision.
    """
    total = torch.zeros(len(sentences), dtype=torch.float64)
    end = [line_end_id] if has_end else []
    for model, is_backward, weight in directions.weighted():
        start = read_context(model, [], line_end_id=line_end_id)
        rows = [[*(ids[::-1] if is_backward else ids), *end] for ids in sentences]
        for group in batches_by_length([len(row) for row in rows], rows=256):
            found = continuation_log_probs(model, start, [rows[row] for row in group])
            total[torch.tensor(group)] += weight * found
    return total
