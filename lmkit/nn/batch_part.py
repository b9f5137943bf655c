"""The part of a batch that one of several processes computes.

Chance must not depend on how many processes share a batch: masks are drawn for all its rows, from
the same generator in every process, and each takes its own. Knows neither processes nor networks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPart:
    """Rows of a batch that this process has, among those of all.

    Attributes:
        counts: Rows of each process, in the order of their ranks.
        rank: Number of this process.
        join: Joins tensors of one shape, (n, ...), of all processes along the first dimension, in
            the order of their ranks.
    """

    counts: tuple[int, ...]
    rank: int
    join: Callable[[Tensor], Tensor]

    @property
    def first(self) -> int:
        """Number of the first row of this process."""
        return sum(self.counts[: self.rank])

    @property
    def rows(self) -> int:
        """Rows of this process."""
        return self.counts[self.rank]

    @property
    def total(self) -> int:
        """Rows of all processes."""
        return sum(self.counts)

    @property
    def weight(self) -> float:
        """Rows of this process beside the mean of all: 1 where all have as many."""
        return self.rows * len(self.counts) / self.total

    def own(self, whole: Tensor) -> Tensor:
        """Return the rows of this process.

        Args:
            whole: Rows of all processes, shape (total, ...).
        """
        return whole[self.first : self.first + self.rows]

    def whole(self, own: Tensor) -> Tensor:
        """Return the rows of all processes; every process must ask at the same place.

        Args:
            own: Rows of this process, shape (rows, ...).

        Returns:
            Shape (total, ...).
        """
        most = max(self.counts)
        parts = torch.split(self.join(_padded(own, most)), most)
        return torch.cat([part[:count] for part, count in zip(parts, self.counts, strict=True)])

    def everyones(self, ids: Tensor) -> Tensor:
        """Return the ids of all processes, in any order, some perhaps twice.

        Args:
            ids: As many for each row of this process, shape (ids,).
        """
        return self.join(_padded(ids, len(ids) // self.rows * max(self.counts)))


def _padded(tensor: Tensor, length: int) -> Tensor:
    """Return a tensor with its first rows repeated at its end, shape (length, ...)."""
    missing = length - len(tensor)
    return torch.cat([tensor, *[tensor[:1]] * missing]) if missing else tensor
