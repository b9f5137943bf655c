"""Predictions of the neural cache: those of a base model, mixed with words seen before.

Also the settings, the entries and the state that they look back at.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.models.base import AnyState, Prediction

CHUNK = 128  # positions compared with the entries at once


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


class CachePrediction(Prediction):
    """The prediction of the base model mixed with the words after similar hidden states.

    Attributes:
        base: Prediction of the base model.
        state: The entries it is mixed with.
    """

    def __init__(self, base: Prediction, state: CacheState, config: CacheConfig) -> None:
        """Hold what is needed to look back.

        Args:
            base: Prediction of the base model, shape (batch, time).
            state: The entries up to the last position; `latest` holds the hidden state at each
                position.
            config: Settings of the cache.
        """
        self.base = base
        self.state = state
        self._config = config

    @override
    @torch.inference_mode()
    def log_probs(self) -> Tensor:
        return self.mixed_with(self.base.log_probs())

    def mixed_with(self, base: Tensor) -> Tensor:
        """Return the log-probability of every id, from that of the base model.

        The cache knows few of all words: the others keep the probability of the base model, times
        its weight.

        Args:
            base: Shape (batch, time, vocab).
        """
        weight = self._weight(0, base.shape[1])
        mixed = base + torch.log1p(-weight)[:, None]
        for begin in range(0, base.shape[1], CHUNK):
            part = mixed[:, begin : begin + CHUNK]
            attention, words = self._attention(begin, begin + part.shape[1])
            log_weight = weight[begin : begin + CHUNK, None].log()
            for row in range(len(part)):
                distinct, number = torch.unique(words[row], return_inverse=True)
                cached = torch.zeros(part.shape[1], len(distinct))
                cached.index_add_(1, number, attention[row])
                known = part[row].index_select(1, distinct)
                added = torch.logaddexp(known, cached.log_() + log_weight)
                part[row].index_copy_(1, distinct, added)
        return mixed

    @override
    @torch.inference_mode()
    def log_prob_of(self, ids: Tensor) -> Tensor:
        return self.mixed_of(ids, self.base.log_prob_of(ids))

    def mixed_of(self, ids: Tensor, base: Tensor) -> Tensor:
        """Return the log-probability of one id per position, from that of the base model.

        Args:
            ids: Shape (batch, time).
            base: Of the same shape.
        """
        weight = self._weight(0, base.shape[1])
        cached = self.cached_log_prob_of(ids) + weight.log()
        return torch.logaddexp(base + torch.log1p(-weight), cached)

    @torch.inference_mode()
    def cached_log_prob_of(self, ids: Tensor) -> Tensor:
        """Return the log-probability by the cache alone of one id per position.

        It is -inf for a word not remembered, and for every word where nothing is.
        """
        found = torch.zeros(ids.shape)
        for begin in range(0, ids.shape[1], CHUNK):
            wanted = ids[:, begin : begin + CHUNK]
            attention, words = self._attention(begin, begin + wanted.shape[1])
            is_wanted = words[:, None] == wanted[..., None]
            found[:, begin : begin + CHUNK] = attention.mul_(is_wanted).sum(-1)
        return found.log_()

    @override
    def last(self) -> "CachePrediction":
        state = replace(self.state, latest=self.state.latest[:, -1:])
        return CachePrediction(self.base.last(), state, self._config)

    def _weight(self, begin: int, end: int) -> Tensor:
        """Return the weight of the cache at some positions; 0 at one without entries."""
        seen = self._seen(begin, end)
        return self._config.weight * (seen / self._config.ramp).clamp(0.0, 1.0)

    def _seen(self, begin: int, end: int) -> Tensor:
        """Return the number of entries before each of some positions."""
        state = self.state
        count = state.past.words.shape[1] + state.recent.words.shape[1]
        return count - state.latest.shape[1] + 1 + torch.arange(begin, end)

    def _attention(self, begin: int, end: int) -> tuple[Tensor, Tensor]:
        """Compute the attention of positions to the entries before each.

        Returns:
            Weights of shape (batch, positions, entries) that sum to 1, or are all 0 where there
            are no entries; and the words, shape (batch, entries).
        """
        state, config = self.state, self._config
        older = state.past.words.shape[1]
        ends = self._seen(begin, end)
        first = max(int(ends[0]) - config.window, 0)
        stop = max(int(ends[-1]), 0)
        past = state.past.part(min(first, older), min(stop, older))
        recent = state.recent.part(max(first - older, 0), max(stop - older, 0))
        words = torch.cat([past.words[state.text_of], recent.words], 1)
        scores = self._scores(config.theta * state.latest[:, begin:end], past, recent)
        scores += _penalty(int(ends[0]) - first, end - begin, stop - first, config)
        attention = torch.softmax(scores, 2)
        return attention if ends[0] > 0 else attention.nan_to_num(0.0), words

    def _scores(self, hidden: Tensor, past: CacheEntries, recent: CacheEntries) -> Tensor:
        """Return hidden states . entries, shape (batch, positions, entries)."""
        if len(past.words) == 1:
            older = hidden @ past.hidden[0].t()
        else:
            older = hidden @ past.of_rows(self.state.text_of).hidden.mT
        if not recent.words.shape[1]:
            return older
        return torch.cat([older, hidden @ recent.hidden.mT], 2)


class JoinedCachePrediction(Prediction):
    """The predictions of several texts, each mixed with its own entries."""

    def __init__(self, base: Prediction, seen: Sequence[CacheState], config: CacheConfig) -> None:
        """Hold what is needed to look back.

        Args:
            base: Predictions of the base model, a row for each text.
            seen: The entries of each text, as `CachePrediction` takes them.
            config: Settings of the cache.
        """
        self._base = base
        self._config = config
        self._seen = tuple(seen)

    @override
    def log_probs(self) -> Tensor:
        base = self._base.log_probs()
        return torch.cat([own.mixed_with(base[n : n + 1]) for n, own in enumerate(self._rows())])

    @override
    def log_prob_of(self, ids: Tensor) -> Tensor:
        base = self._base.log_prob_of(ids)
        rows = enumerate(self._rows())
        return torch.cat([own.mixed_of(ids[n : n + 1], base[n : n + 1]) for n, own in rows])

    @override
    def last(self) -> "JoinedCachePrediction":
        seen = [replace(state, latest=state.latest[:, -1:]) for state in self._seen]
        return JoinedCachePrediction(self._base.last(), seen, self._config)

    @override
    def select(self, rows: Sequence[int]) -> "JoinedCachePrediction":
        base = self._base.select(rows)
        return JoinedCachePrediction(base, [self._seen[row] for row in rows], self._config)

    def _rows(self) -> list[CachePrediction]:
        return [CachePrediction(self._base, state, self._config) for state in self._seen]


@lru_cache(maxsize=4)  # in a long text it is the same for most positions
def _penalty(oldest: int, positions: int, entries: int, config: CacheConfig) -> Tensor:
    """Return the scores that age takes away: all of it from an entry not in the window.

    Args:
        oldest: Words read at the first position since the oldest entry.
        positions: Positions that look back.
        entries: Entries they look back to.
        config: Settings of the cache.

    Returns:
        Shape (positions, entries); shared by callers, who do not change it.
    """
    with torch.inference_mode(False):
        age = oldest + torch.arange(positions)[:, None] - torch.arange(entries)
        is_visible = (age > 0) & (age <= config.window)
        return (age * -config.decay).masked_fill(~is_visible, -math.inf)
