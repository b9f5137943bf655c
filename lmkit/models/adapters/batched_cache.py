"""The neural cache of many texts at once: one read of the base model, the entries text by text.

Texts of different lengths have different numbers of entries, so these are not joined: only what is
dear, the base model and its output layer, is worked out for all texts together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.models.adapters.cache_prediction import CachePrediction
from lmkit.models.adapters.cache_state import CacheConfig, CacheEntries, CacheState
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.base import AnyState, Prediction, join_states


@dataclass(frozen=True, slots=True)
class JoinedCacheState:
    """State of several texts.

    Attributes:
        base: State of the base model, a row for each text.
        texts: The entries of each; their own `base` is None.
    """

    base: AnyState
    texts: tuple[CacheState, ...]


TextsState: TypeAlias = CacheState | JoinedCacheState


class BatchedCache(NeuralCache):
    """A neural cache whose states can be joined, over a model whose states can be."""

    @override
    def read(self, ids: Tensor, state: TextsState) -> tuple[Prediction, TextsState]:  # type: ignore[override]  # takes both
        if isinstance(state, CacheState):
            return super().read(ids, state)
        prediction, base = self.base.read(ids, state.base)
        read = [
            self.remember(ids[row : row + 1], prediction.hidden[row : row + 1], text)
            for row, text in enumerate(state.texts)
        ]
        seen, after = zip(*read, strict=True)
        joined = JoinedCachePrediction(prediction, seen, self.config)
        return joined, JoinedCacheState(base, after)

    @override
    def select(self, state: TextsState, rows: Tensor | Sequence[int]) -> TextsState:  # type: ignore[override]  # takes both
        if isinstance(state, CacheState):
            return super().select(state, rows)
        numbers: list[int] = torch.as_tensor(rows, dtype=torch.long).tolist()
        base = self.base.select(state.base, numbers)
        if len(numbers) == 1:
            only: CacheState = replace(state.texts[numbers[0]], base=base)
            return only
        return JoinedCacheState(base, tuple(state.texts[number] for number in numbers))

    def join(self, states: Sequence[TextsState]) -> TextsState:
        """Return one state that holds the rows of several, in the order given."""
        if len(states) == 1:
            return states[0]
        base = join_states(self.base, [state.base for state in states])
        return JoinedCacheState(base, tuple(text for state in states for text in _texts(state)))


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


def _texts(state: TextsState) -> list[CacheState]:
    """Return the entries of each text of a state."""
    if isinstance(state, JoinedCacheState):
        return list(state.texts)
    return [
        CacheState(
            base=None,
            past=state.past,
            text_of=state.text_of[row : row + 1],
            recent=CacheEntries(
                state.recent.hidden[row : row + 1], state.recent.words[row : row + 1]
            ),
            latest=state.latest[row : row + 1],
        )
        for row in range(len(state.latest))
    ]
