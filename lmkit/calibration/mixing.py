"""Settings of what stands around a trained model, fitted on validation text.

How much the n-gram says, how the cache remembers, how fast dynamic evaluation follows: each is
chosen where the validation text is most probable, on a part of it, so that fitting takes seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lmkit.models.adapters.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.adapters.gradient_scale import GradientScale
from lmkit.models.adapters.neural_cache import CacheConfig, CachePrediction, NeuralCache
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.sequence import read_chunks, stream_log_probs, stream_of_lines

CACHE_IDS = 20_000  # ids of validation text the cache is fitted on
DYNAMIC_IDS = 4_000  # the same for dynamic evaluation, which is slower
ROUNDS = 60  # of expectation maximisation
SHARPNESS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # theta x mean square length of a hidden state
DECAYS = (0.0, 0.001, 0.002, 0.004, 0.008)
RATE_STEP = 2.0  # between two rates of dynamic evaluation that are tried
SLOWEST, FASTEST = 1e-6, 1e-2  # rates
DECAY = 0.01  # against the default of DynamicConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class MixingWeights:
    """Shares of models in a mixture."""

    shares: tuple[float, ...]  # one per model, sum 1
    nats: float  # mean per id of the text they were fitted on


def fit_mixing_weights(log_probs: Sequence[Tensor]) -> MixingWeights:
    """Find the shares under which a text is most probable, by expectation maximisation.

    Args:
        log_probs: For each model the natural log-probability of each id, shape (ids,).

    Returns:
        The shares; equal ones where the text is empty.
    """
    table = torch.stack([part.double() for part in log_probs])
    count, ids = table.shape
    shares = torch.full((count,), 1 / count, dtype=torch.float64)
    for _ in range(ROUNDS if ids else 0):
        shares = torch.softmax(table + shares.log()[:, None], 0).mean(1)
    nats = -torch.logsumexp(table + shares.log()[:, None], 0).mean() if ids else torch.zeros(())
    shares = shares / shares.sum()
    return MixingWeights(shares=tuple(shares.tolist()), nats=float(nats))


def fit_cache(
    model: RecurrentLM,
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
    part = ids[:CACHE_IDS]
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
    model: RecurrentLM,
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
    weight = min(fits[best].shares[1], 0.99)
    return replace(configs[best], weight=round(weight, 6))


def fit_dynamic(
    model: RecurrentLM,
    ids: NDArray[np.integer],
    *,
    line_end_id: int,
    scale: GradientScale | None = None,
    limit: int = DYNAMIC_IDS,
) -> DynamicConfig:
    """Choose how fast dynamic evaluation follows the text: first the rate, then the decay.

    From the default the rate is doubled, or else halved, for as long as that helps: most often four
    rates are tried.

    Args:
        model: The trained model, in evaluation mode.
        ids: Validation text as a stream of lines.
        line_end_id: Id of the line end.
        scale: Usual gradients of the model, if they were measured.
        limit: How many ids are read for each setting tried.

    Returns:
        The settings that found the text most probable.
    """

    @cache
    def nats(config: DynamicConfig) -> float:
        adapting = DynamicEvaluation(model, config, scale=scale)
        found = -stream_log_probs(adapting, ids[:limit], line_end_id=line_end_id).mean()
        return float(found) if torch.isfinite(found) else float("inf")

    best = DynamicConfig()
    for factor in (RATE_STEP, 1 / RATE_STEP):
        while SLOWEST < best.rate < FASTEST:
            other = replace(best, rate=best.rate * factor)
            if nats(other) >= nats(best):
                break
            best = other
    return min(best, replace(best, decay=DECAY), key=nats)


def _mean_square(model: RecurrentLM, ids: NDArray[np.integer], *, line_end_id: int) -> float:
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
