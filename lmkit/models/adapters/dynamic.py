"""The dynamic adapter: dynamic evaluation in the stack, and what is measured and fitted for it.

The usual gradients are measured on training text, the rate and the decay fitted on validation text.
"""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from typing_extensions import override

from lmkit.core.errors import Hint, UsageError
from lmkit.models.adapters.adapter import Adapter, Beneath, FitText
from lmkit.models.adapters.dynamic_evaluation import (
    LENGTH,
    DynamicConfig,
    DynamicEvaluation,
    Passage,
)
from lmkit.models.adapters.gradient_scale import GradientScale, squares_of
from lmkit.models.base import Model
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, Window
from lmkit.models.sequence import affordable, stream_log_probs

FIT_IDS = 4_000  # ids of validation text the settings are fitted on
READINGS = 5  # of the text, usually, while the settings are fitted
RATE_STEP = 2.0  # between two rates that are tried
SLOWEST, FASTEST = 1e-6, 1e-2  # rates
DECAY = 0.01  # against the default of DynamicConfig
PASSAGES = 200  # of the training text, of which gradients are measured, at most
OVERLAP = 2  # passages that share an id, so that a short text is not read over and over


class DynamicAdapter(Adapter[DynamicConfig, GradientScale]):
    """Weights that follow the text by small training steps; asked for by name, since it is slow."""

    name = "dynamic"
    config_type = DynamicConfig
    file = "gradients.safetensors"
    is_opt_in = True
    time = 0.35

    @override
    def wrap(self, beneath: Beneath, config: DynamicConfig, asset: GradientScale | None) -> Model:
        return DynamicEvaluation(_trainable(beneath.model), config, scale=asset)

    @override
    def fit(
        self,
        models: Sequence[Beneath],
        text: FitText,
        *,
        asset: GradientScale | None,
        seconds: float = math.inf,
    ) -> DynamicConfig | None:
        if isinstance(models[0].model, AverageLM):  # there is no one network to train
            return None
        model, ids = _trainable(models[0].model), text.ids[:FIT_IDS]
        usual = DynamicEvaluation(model, DynamicConfig(), scale=asset)
        part = affordable(usual, ids, line_end_id=text.line_end_id, seconds=seconds / READINGS)
        if not len(part):
            return None
        return fit_dynamic(model, part, line_end_id=text.line_end_id, scale=asset)

    @override
    def load(self, path: Path, network: Model) -> GradientScale:
        return GradientScale.load(path, _trainable(network))

    @override
    def save(self, asset: GradientScale, path: Path) -> None:
        asset.save(path)


def fit_dynamic(
    model: RecurrentLM,
    ids: NDArray[np.integer],
    *,
    line_end_id: int,
    scale: GradientScale | None = None,
    limit: int = FIT_IDS,
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


def measure_gradient_scale(
    model: RecurrentLM,
    ids: NDArray[np.integer],
    *,
    seconds: float = math.inf,
    passages: int = PASSAGES,
) -> GradientScale:
    """Measure the gradients that dynamic evaluation divides by, on passages from all over a text.

    Args:
        model: The trained model, in evaluation mode.
        ids: Training text, shape (ids,).
        seconds: After which no more is read.
        passages: How many passages at most.

    Returns:
        The usual gradients.
    """
    time_up = time.monotonic() + seconds
    return gradient_scale_of(model, _passages(ids, passages, time_up=time_up))


def gradient_scale_of(model: RecurrentLM, windows: Iterable[Window]) -> GradientScale:
    """Measure the gradients of a model, which is left as it was.

    Args:
        model: The trained model, in evaluation mode.
        windows: Some training text, about as long as the segments of dynamic evaluation; each is
            read from nothing.

    Returns:
        The usual gradients.
    """
    names, weights = zip(*model.named_parameters(), strict=True)
    sums = [[torch.zeros_like(part) for part in squares_of(w.detach())] for w in weights]
    count = 0
    for window in windows:
        loss, _ = model.loss(window, model.start(len(window.inputs)))
        gradients = torch.autograd.grad(loss.objective, weights, allow_unused=True)
        for parts, gradient in zip(sums, gradients, strict=True):
            found = () if gradient is None else squares_of(gradient)
            for part, square in zip(parts, found, strict=False):
                part.add_(square)
        count += 1
    means = [tuple(part / max(count, 1) for part in parts) for parts in sums]
    return GradientScale(dict(zip(names, means, strict=True)))


def _passages(ids: NDArray[np.integer], count: int, *, time_up: float) -> Iterator[Passage]:
    """Yield passages in an order that covers the text however early it ends."""
    length = min(LENGTH, len(ids) - 1)
    if length < 1:
        return
    last = len(ids) - 1 - length
    count = min(count, last + 1, max(1, OVERLAP * len(ids) // length))
    starts = np.linspace(0, last, count).astype(np.int64)
    for start in np.random.default_rng(0).permutation(starts):
        window = torch.from_numpy(ids[start : start + length + 1].astype(np.int64))[None]
        yield Passage(inputs=window[:, :-1], targets=window[:, 1:])
        if time.monotonic() > time_up:
            return


def _trainable(model: Model) -> RecurrentLM:
    if isinstance(model, RecurrentLM):
        return model
    if isinstance(model, AverageLM):
        raise UsageError(
            "dynamic evaluation supports one network, not an average of several; use the "
            "cache, or train one network with --models 1"
        )
    raise UsageError(
        "dynamic evaluation needs full weights, not weights that are rounded to 8 bits or mixed",
        hint=Hint.FULL_PRECISION,
    )
