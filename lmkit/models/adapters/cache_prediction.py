"""Predictions of the neural cache: those of a base model, mixed with words seen before."""

import math
from dataclasses import replace

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.models.adapters.cache_state import CacheConfig, CacheEntries, CacheState
from lmkit.models.base import Prediction

CHUNK = 128  # positions compared with the entries at once


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
        scores += self._penalty(ends[:, None] - torch.arange(first, stop))
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

    def _penalty(self, age: Tensor) -> Tensor:
        """Return the scores that age takes away: all of it from an entry not in the window.

        Args:
            age: Words read since each entry, shape (positions, entries).
        """
        is_visible = (age > 0) & (age <= self._config.window)
        return (age * -self._config.decay).masked_fill(~is_visible, -math.inf)
