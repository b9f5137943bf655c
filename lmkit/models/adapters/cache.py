"""The cache adapter: the neural cache in the stack, and the fitting of how it remembers."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.models.adapters.adapter import Adapter, Beneath, FitText
from lmkit.models.adapters.cache_prediction import CacheConfig, CachePrediction
from lmkit.models.adapters.neural_cache import (
    BatchedCache,
    NeuralCache,
    Remembered,
    Shown,
    shows_hidden_states,
)
from lmkit.models.base import Model, is_batchable
from lmkit.models.mixture import fit_mixing_weights
from lmkit.models.sequence import affordable, read_chunks, stream_of_lines

FIT_IDS = 20_000  # ids of validation text the settings are fitted on
SHARPNESS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # theta x mean square length of a hidden state
DECAYS = (0.0, 0.001, 0.002, 0.004, 0.008)
# Words read until the cache counts in full: with few, all of its weight would repeat those few.
RAMP = 100
READINGS = len(SHARPNESS) + len(DECAYS) + 2  # of the text, while the settings are fitted


class CacheAdapter(Adapter[CacheConfig, None]):
    """Words that followed similar states of the text come back."""

    name = "cache"
    config_type = CacheConfig
    time = 0.3

    @override
    def wrap(self, beneath: Beneath, config: CacheConfig, asset: None) -> Model:
        base = _remembered(beneath)
        kind: type[NeuralCache] = BatchedCache if is_batchable(base) else NeuralCache
        return kind(base, config)

    @override
    def fit(
        self,
        models: Sequence[Beneath],
        text: FitText,
        *,
        asset: None,
        seconds: float = math.inf,
    ) -> CacheConfig | None:
        model, ids = _remembered(models[0]), text.ids[:FIT_IDS]
        usual = NeuralCache(model, CacheConfig())
        part = affordable(usual, ids, line_end_id=text.line_end_id, seconds=seconds / READINGS)
        return fit_cache(model, part, line_end_id=text.line_end_id) if len(part) else None


def _remembered(beneath: Beneath) -> Shown:
    if shows_hidden_states(beneath.model):
        return beneath.model
    below = " and ".join(beneath.names) or "this model"
    raise UsageError(f"the cache needs hidden states, but {below} has none; leave out the cache")


def fit_cache(
    model: Shown,
    ids: NDArray[np.integer],
    *,
    line_end_id: int,
    window: int = 2000,
) -> CacheConfig:
    """Choose how the neural cache remembers.

    Theta is the best of six, each with its best weight, found in one reading; how words
    decay is then the best of five.

    Args:
        model: The trained model.
        ids: Validation text as a stream of lines; the first 20,000 ids are read.
        line_end_id: Id of the line end.
        window: Words remembered.

    Returns:
        The settings; a weight near 0 where the text never comes back to its words.
    """
    part = ids[:FIT_IDS]
    if len(part) < 2:
        return CacheConfig(window=window)
    size = _mean_square(model, part, line_end_id=line_end_id)
    configs = [
        CacheConfig(window=window, theta=sharpness / size, decay=DECAYS[2])
        for sharpness in SHARPNESS
    ]
    best = _fittest(model, configs, part, line_end_id=line_end_id)
    configs = [replace(best, decay=decay) for decay in DECAYS]
    return _fittest(model, configs, part, line_end_id=line_end_id)


def _fittest(
    model: Shown,
    configs: Sequence[CacheConfig],
    ids: NDArray[np.integer],
    *,
    line_end_id: int,
) -> CacheConfig:
    """Return the config under which a text is most probable, with its best weight."""
    caches = [NeuralCache(model, config) for config in configs]
    base, cached = _cached_log_probs(caches, ids, line_end_id=line_end_id)
    fits = [fit_mixing_weights([base, row]) for row in cached]
    best = min(range(len(fits)), key=lambda number: fits[number].nats)
    weight = min(fits[best].weights[1], 0.99)
    ramp = min(RAMP, configs[best].window)
    return replace(configs[best], weight=round(weight, 6), ramp=ramp)


def _mean_square(model: Remembered, ids: NDArray[np.integer], *, line_end_id: int) -> float:
    """Return the mean square length of the hidden states over the first words."""
    stream = stream_of_lines(ids, line_end_id)
    first = next(read_chunks(model, stream, model.start(1)))
    return max(float(first.prediction.hidden.square().sum(-1).mean()), 1e-6)


def _cached_log_probs(
    caches: Sequence[NeuralCache], ids: NDArray[np.integer], *, line_end_id: int
) -> tuple[Tensor, Tensor]:
    """Return what the base model says of each id, shape (ids,), and each cache, (caches, ids)."""
    first = caches[0]
    base, cached = [], []
    for chunk in read_chunks(first, stream_of_lines(ids, line_end_id), first.start(1)):
        prediction, targets = chunk.prediction, chunk.targets
        base.append(prediction.base.log_prob_of(targets)[0])
        others = [CachePrediction(prediction.base, prediction.state, c.config) for c in caches]
        cached.append(torch.stack([other.cached_log_prob_of(targets)[0] for other in others]))
    return torch.cat(base), torch.cat(cached, 1)
