"""The neural cache (Grave 2016): words that followed similar hidden states come back.

Every hidden state read is remembered with the word that came after it. With probability `weight`
the next word is one of those words, each weighted by exp(theta * now . then - decay * age),
its age counted in words. The base model is never changed, unless it changes by itself: dynamic
evaluation can be remembered too.

Texts read side by side have different numbers of entries, so these are not joined: only what is
dear, the base model and its output layer, is worked out for all texts together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias, TypeGuard

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.models.adapters.cache_prediction import (
    CacheConfig,
    CacheEntries,
    CachePrediction,
    CacheState,
    JoinedCachePrediction,
)
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.base import AnyState, Prediction, join_states
from lmkit.models.onnx_lm import OnnxLM
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.prediction import HiddenPrediction
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

BLOCK = 64  # entries a row keeps to itself before they join its past

# models with hidden states
Shown: TypeAlias = RecurrentLM | Int8LM | AverageLM | DynamicEvaluation | OnnxLM


class Remembered(Protocol):
    """A model whose hidden states can be remembered."""

    @property
    def vocab_size(self) -> int:
        """Number of ids."""
        ...

    def start(self, batch: int) -> AnyState:
        """Return the state of having read nothing."""
        ...

    def read(self, ids: Tensor, state: AnyState) -> tuple[HiddenPrediction, AnyState]:
        """Read ids, shape (batch, time), and say what may come after each."""
        ...

    def select(self, state: AnyState, rows: Tensor | Sequence[int]) -> AnyState:
        """Return the state of some rows."""
        ...


class NeuralCache:
    """A recurrent language model that remembers the text it reads."""

    def __init__(self, base: Shown, config: CacheConfig | None = None) -> None:
        """Wrap a model.

        Args:
            base: The model; never changed.
            config: How a text is remembered.
        """
        self.base: Remembered = base
        self.config = config or CacheConfig()
        self.vocab_size = base.vocab_size
        self._width = _hidden_width(base)

    def start(self, batch: int) -> CacheState:
        """Return the state of having read nothing."""
        hidden = torch.zeros(batch, 0, self._width)
        nothing = CacheEntries(hidden, torch.zeros(batch, 0, dtype=torch.long))
        return CacheState(self.base.start(batch), nothing, torch.arange(batch), nothing, hidden)

    @torch.inference_mode()
    def read(self, ids: Tensor, state: CacheState) -> tuple[CachePrediction, CacheState]:
        """Read ids and say what may come after each, which sees only the moments before it.

        Args:
            ids: Ids, shape (batch, time).
            state: State of everything read before.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        prediction, base = self.base.read(ids, state.base)
        seen, after = self.remember(ids, prediction.hidden, replace(state, base=base))
        return CachePrediction(prediction, seen, self.config), after

    def remember(
        self, ids: Tensor, hidden: Tensor, state: CacheState
    ) -> tuple[CacheState, CacheState]:
        """Add the entries that a read of the base model gives.

        Args:
            ids: The ids read, shape (batch, time).
            hidden: The hidden states after each, shape (batch, time, width).
            state: The entries before, with the state of the base model after the read.

        Returns:
            The state that a `CachePrediction` looks at, and the state after the read.
        """
        shown = torch.cat([state.latest, hidden], 1)
        added = CacheEntries(shown[:, :-1], ids[:, ids.shape[1] - shown.shape[1] + 1 :])
        after = replace(state, recent=state.recent.then(added), latest=shown[:, -1:])
        return replace(after, latest=hidden), self._tidied(after)

    def select(self, state: CacheState, rows: Tensor | Sequence[int]) -> CacheState:
        """Return the state of some rows, in the order asked for; they share their past."""
        index = torch.as_tensor(rows, dtype=torch.long)
        return CacheState(
            base=self.base.select(state.base, index),
            past=state.past,
            text_of=state.text_of.index_select(0, index),
            recent=state.recent.of_rows(index),
            latest=state.latest.index_select(0, index),
        )

    def _tidied(self, state: CacheState) -> CacheState:
        """Move recent entries to the past, unless rows share it, and forget the oldest."""
        rows, recent = state.recent.words.shape
        if recent <= BLOCK or (rows > len(state.past.words) and recent < self.config.window):
            return state
        whole = state.past.of_rows(state.text_of).then(state.recent)
        kept = CacheEntries(
            whole.hidden[:, -self.config.window :].clone(),
            whole.words[:, -self.config.window :].clone(),
        )
        nothing = CacheEntries(kept.hidden[:, :0], kept.words[:, :0])
        return replace(state, past=kept, text_of=torch.arange(rows), recent=nothing)


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


def shows_hidden_states(model: object) -> TypeGuard[Shown]:
    """Tell whether the hidden states of a model can be remembered."""
    return isinstance(model, RecurrentLM | Int8LM | AverageLM | DynamicEvaluation | OnnxLM)


def _hidden_width(model: Shown) -> int:
    if isinstance(model, AverageLM | OnnxLM):
        return model.hidden_width
    trained = model.base if isinstance(model, DynamicEvaluation) else model
    return trained.config.embedding


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
