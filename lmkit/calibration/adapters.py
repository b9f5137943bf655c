"""Everything that stands around a trained model, fitted in one go: what config.json remembers.

The settings are fitted on validation text: how the cache remembers, how fast dynamic evaluation
follows, and how much the n-gram and the backward model have to say beside each of them. Where time
is short less text is read, and what cannot be fitted in it keeps its defaults.
"""

import math
import time
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from lmkit.calibration.direction_weight import QUESTIONS, fit_direction_weight
from lmkit.calibration.effort import affordable
from lmkit.calibration.mixing import (
    CACHE_IDS,
    DECAYS,
    DYNAMIC_IDS,
    SHARPNESS,
    fit_cache,
    fit_dynamic,
)
from lmkit.calibration.order_weights import fit_order_weights, read_orders
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.adapters.gradient_scale import GradientScale
from lmkit.models.adapters.neural_cache import CacheConfig, NeuralCache
from lmkit.models.base import Model
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.sequence import stream_log_probs

# Each part's share of the time at most; dynamic evaluation, the slowest, gets what is left.
PLAIN_SHARE, CACHE_SHARE = 0.15, 0.3
# How often each reads its text, one more for the n-gram.
CACHE_READINGS = len(SHARPNESS) + len(DECAYS) + 3
DYNAMIC_READINGS = 6
FEW_QUESTIONS = 3  # asked to learn how long one takes

Ids = NDArray[np.integer]
Shares = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterInputs:
    """What can be put around a trained model.

    Attributes:
        ngram: An n-gram model of the training text.
        backward: A model that reads from right to left.
        scale: Usual gradients of the trained model.
    """

    ngram: NGram | None = None
    backward: RecurrentLM | None = None
    scale: GradientScale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NGramWeights:
    """Share of each order of the n-gram, 0..1, single words first; None where there was no time."""

    weight: Shares | None  # beside the model as it was trained
    with_cache: Shares | None  # beside the model with its cache
    with_dynamic: Shares | None  # beside the model under dynamic evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class BackwardWeight:
    """Share of the backward model in the score of a sentence, 0..1."""

    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedAdapters:
    """The settings of everything around a model; None for what is not there or was not fitted."""

    cache: CacheConfig | None = None
    dynamic: DynamicConfig | None = None
    ngram: NGramWeights | None = None
    backward: BackwardWeight | None = None

    def to_dict(self) -> dict[str, dict[str, object]]:
        """Return the settings as config.json holds them, under "companions"."""
        parts = {name: part for name, part in asdict(self).items() if part is not None}
        known = {name: _known(part) for name, part in parts.items()}
        return {name: part for name, part in known.items() if part}


def fit_adapters(
    model: RecurrentLM,
    ids: Ids,
    *,
    line_end_id: int,
    around: AdapterInputs | None = None,
    seconds: float = math.inf,
) -> FittedAdapters:
    """Fit all settings on a bounded part of the validation text.

    Args:
        model: The trained model, in evaluation mode.
        ids: Validation text as a stream of lines, never part of the training text.
        line_end_id: Id of the line end.
        around: The companions there are.
        seconds: About how long it may take.

    Returns:
        The settings.
    """
    time_up = time.monotonic() + seconds
    fitting = _Fitting(model, ids, line_end_id, around or AdapterInputs())
    weight = fitting.beside_plain(seconds * PLAIN_SHARE)
    cache, with_cache = fitting.cache(seconds * CACHE_SHARE, weight)
    backward = fitting.backward(seconds * PLAIN_SHARE)
    dynamic, with_dynamic = fitting.dynamic(time_up - time.monotonic(), weight)
    shares = NGramWeights(weight=weight, with_cache=with_cache, with_dynamic=with_dynamic)
    return FittedAdapters(
        cache=cache,
        dynamic=dynamic,
        ngram=shares if fitting.around.ngram is not None else None,
        backward=backward,
    )


@dataclass(frozen=True, slots=True)
class _Fitting:
    """What is fitted, and on what."""

    model: RecurrentLM
    ids: Ids
    line_end_id: int
    around: AdapterInputs

    def beside_plain(self, seconds: float) -> Shares | None:
        return self._ngram_shares(self.model, self._part(self.model, CACHE_IDS, seconds / 2))

    def cache(
        self, seconds: float, plain: Shares | None
    ) -> tuple[CacheConfig | None, Shares | None]:
        usual = NeuralCache(self.model, CacheConfig())
        part = self._part(usual, CACHE_IDS, seconds / CACHE_READINGS)
        if len(part) == 0:
            return None, None
        config = fit_cache(self.model, part, line_end_id=self.line_end_id)
        return config, self._ngram_shares(NeuralCache(self.model, config), part, plain)

    def dynamic(
        self, seconds: float, plain: Shares | None
    ) -> tuple[DynamicConfig | None, Shares | None]:
        scale = self.around.scale
        usual = DynamicEvaluation(self.model, DynamicConfig(), scale=scale)
        part = self._part(usual, DYNAMIC_IDS, seconds / DYNAMIC_READINGS)
        if len(part) == 0:
            return None, None
        config = fit_dynamic(self.model, part, line_end_id=self.line_end_id, scale=scale)
        adapting = DynamicEvaluation(self.model, config, scale=scale)
        return config, self._ngram_shares(adapting, part, plain)

    def backward(self, seconds: float) -> BackwardWeight | None:
        backward = self.around.backward
        if backward is None:
            return None
        began = time.monotonic()
        self._direction_weight(backward, FEW_QUESTIONS)
        each = (time.monotonic() - began) / FEW_QUESTIONS
        most = int(min(seconds / max(each, 1e-9), QUESTIONS))
        if most < QUESTIONS // 10:
            return None
        return BackwardWeight(weight=self._direction_weight(backward, most))

    def _part(self, reader: Model, most: int, seconds: float) -> Ids:
        return affordable(reader, self.ids[:most], line_end_id=self.line_end_id, seconds=seconds)

    def _direction_weight(self, backward: RecurrentLM, most: int) -> float:
        return fit_direction_weight(
            self.model, backward, self.ids, line_end_id=self.line_end_id, most=most
        )

    def _ngram_shares(
        self, model: Model, ids: Ids, expected: Shares | None = None
    ) -> Shares | None:
        """Fit the shares beside a model; those beside the plain one are what is expected."""
        if self.around.ngram is None or len(ids) == 0:
            return None
        other = stream_log_probs(model, ids, line_end_id=self.line_end_id)
        counted = read_orders(self.around.ngram, ids, line_end_id=self.line_end_id)
        return fit_order_weights(other, counted, expected=expected)


def _known(part: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in part.items() if value is not None}
