"""The neural cache (Grave 2016): words that followed similar hidden states come back.

Every hidden state read is remembered with the word that came after it. With probability `weight`
the next word is one of those words, each weighted by exp(theta * now . then - decay * age),
its age counted in words. The base model is never changed, unless it changes by itself: dynamic
evaluation can be remembered too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias, TypeGuard

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.base import AnyState, Prediction
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.prediction import HiddenPrediction
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

BLOCK = 64  # entries a row keeps to itself before they join its past
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
    def read(self, ids: Tensor, state: CacheState) -> tuple["CachePrediction", CacheState]:
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

        Args:
            base: Shape (batch, time, vocab).
        """
        parts = []
        for begin in range(0, base.shape[1], CHUNK):
            part = base[:, begin : begin + CHUNK]
            attention, words = self._attention(begin, begin + part.shape[1])
            cached = torch.zeros_like(part)
            cached.scatter_add_(2, words[:, None].expand(attention.shape), attention)
            parts.append(self._mixed(part, cached.log(), begin))
        return torch.cat(parts, 1)

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
        return self._mixed(base, self.cached_log_prob_of(ids), 0)

    @torch.inference_mode()
    def cached_log_prob_of(self, ids: Tensor) -> Tensor:
        """Return the log-probability by the cache alone of one id per position.

        It is -inf for a word not remembered, and for every word where nothing is.
        """
        parts = []
        for begin in range(0, ids.shape[1], CHUNK):
            wanted = ids[:, begin : begin + CHUNK]
            attention, words = self._attention(begin, begin + wanted.shape[1])
            is_wanted = words[:, None] == wanted[..., None]
            parts.append((attention * is_wanted).sum(-1).log())
        return torch.cat(parts, 1)

    @override
    def last(self) -> "CachePrediction":
        state = replace(self.state, latest=self.state.latest[:, -1:])
        return CachePrediction(self.base.last(), state, self._config)

    def _mixed(self, base: Tensor, cached: Tensor, begin: int) -> Tensor:
        """Mix the two; a position without entries keeps the prediction of the base model."""
        seen = self._seen(begin, begin + base.shape[1])
        weight = self._config.weight * (seen / self._config.ramp).clamp(0.0, 1.0)
        weight = weight.view(-1, *[1] * (base.dim() - 2))
        return torch.logaddexp(base + torch.log1p(-weight), cached + weight.log())

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
        hidden = state.latest[:, begin:end]
        likeness = torch.cat([self._likeness(hidden, past), hidden @ recent.hidden.mT], 2)
        age = ends[:, None] - torch.arange(first, stop)
        visible = (age > 0) & (age <= config.window)
        scores = config.theta * likeness - config.decay * age
        scores.masked_fill_(~visible, -math.inf)
        words = torch.cat([past.words[state.text_of], recent.words], 1)
        return torch.softmax(scores, 2).nan_to_num(0.0), words

    def _likeness(self, hidden: Tensor, past: CacheEntries) -> Tensor:
        """Return hidden states . past ones, shape (batch, positions, entries)."""
        if len(past.words) == 1:
            return hidden @ past.hidden[0].t()
        return hidden @ past.of_rows(self.state.text_of).hidden.mT
