"""Scores of whole sentences by a model that reads forward, one that reads backward, or both.

A backward model reads the ids of a line from last to first; to it the right-hand side of a blank
comes before.
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


def sentence_log_probs(
    directions: Directions,
    sentences: Sequence[Sequence[int]],
    *,
    line_end_id: int,
    has_end: bool = False,
) -> Tensor:
    """Return the log-probabilities of whole sentences, each read as a line of its own.

    Args:
        directions: The models that read, and their weights.
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
