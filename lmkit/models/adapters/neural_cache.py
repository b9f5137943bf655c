"""The neural cache (Grave 2016): words that followed similar hidden states come back.

Every hidden state read is remembered with the word that came after it. With probability `weight`
the next word is one of those words, each weighted by exp(theta * now . then - decay * age),
its age counted in words. The base model is never changed, unless it changes by itself: dynamic
evaluation can be remembered too.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias, TypeGuard

import torch
from torch import Tensor

from lmkit.models.adapters.cache_prediction import CachePrediction
from lmkit.models.adapters.cache_state import CacheConfig, CacheEntries, CacheState
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.base import AnyState
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.prediction import HiddenPrediction
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

BLOCK = 64  # entries a row keeps to itself before they join its past

Shown: TypeAlias = RecurrentLM | Int8LM | AverageLM | DynamicEvaluation  # models with hidden states


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


def shows_hidden_states(model: object) -> TypeGuard[Shown]:
    """Tell whether the hidden states of a model can be remembered."""
    return isinstance(model, RecurrentLM | Int8LM | AverageLM | DynamicEvaluation)


def _hidden_width(model: Shown) -> int:
    if isinstance(model, AverageLM):
        return model.hidden_width
    trained = model.base if isinstance(model, DynamicEvaluation) else model
    return trained.config.embedding
