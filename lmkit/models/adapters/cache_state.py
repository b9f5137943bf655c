"""State of the neural cache: hidden states with the word that came after each, and its settings."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.models.base import AnyState


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheConfig:
    """Settings of the cache."""

    window: int = 2000  # words remembered
    weight: float = 0.1  # weight of the cache in the mixture, 0..1 (1 excluded)
    theta: float = 0.3  # factor of the dot product of hidden states; 0: all count alike
    decay: float = 0.0  # subtracted from it for each word read since; 0: age does not count
    ramp: int = 1  # words read from which the weight counts in full; after fewer, a part of it

    def __post_init__(self) -> None:
        if self.window < 1:
            raise UsageError(f"the window of the cache must be at least 1 word, got {self.window}")
        if not 0 <= self.weight < 1:
            raise UsageError(f"the weight of the cache must be in 0..1, got {self.weight}")
        if self.ramp < 1:
            raise UsageError(f"the ramp of the cache must be at least 1 word, got {self.ramp}")
        for name in ("theta", "decay"):
            value = getattr(self, name)
            if not (value >= 0 and math.isfinite(value)):
                raise UsageError(f"the {name} of the cache must be at least 0, got {value}")


@dataclass(frozen=True, slots=True)
class CacheEntries:
    """Hidden states and the word that came after each, oldest first.

    Attributes:
        hidden: Shape (rows, entries, width).
        words: Shape (rows, entries).
    """

    hidden: Tensor
    words: Tensor

    def then(self, other: "CacheEntries") -> "CacheEntries":
        """Return these entries and others after them."""
        return CacheEntries(
            torch.cat([self.hidden, other.hidden], 1), torch.cat([self.words, other.words], 1)
        )

    def part(self, begin: int, end: int | None = None) -> "CacheEntries":
        """Return a slice of the entries."""
        return CacheEntries(self.hidden[:, begin:end], self.words[:, begin:end])

    def of_rows(self, rows: Tensor) -> "CacheEntries":
        """Return the entries of some rows; no copy where that is all of them in order."""
        count = len(self.words)
        if len(rows) == count and torch.equal(rows, torch.arange(count)):
            return self
        return CacheEntries(self.hidden.index_select(0, rows), self.words.index_select(0, rows))


@dataclass(frozen=True, slots=True)
class CacheState:
    """State of the cache: entries shared by rows, entries of each row, and the latest hidden state.

    Rows selected from one text share its past, so that a thousand candidates cost no more memory
    than what each of them adds.

    Attributes:
        base: State of the base model.
        past: Older entries, of as many texts as there are.
        text_of: Number of the text that is the past of each row, shape (batch,).
        recent: Entries since then, one text per row.
        latest: The last hidden state, its next word still unknown, shape (batch, 0 or 1, width).
    """

    base: AnyState
    past: CacheEntries
    text_of: Tensor
    recent: CacheEntries
    latest: Tensor
