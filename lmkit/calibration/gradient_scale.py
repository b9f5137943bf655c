"""The usual gradients of a trained model, measured on passages from all over its training text."""

import math
import time
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from lmkit.data.batches import Batch
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig
from lmkit.models.adapters.gradient_scale import GradientScale
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

PASSAGES = 200


def measure_gradient_scale(
    model: RecurrentLM,
    ids: NDArray[np.integer],
    *,
    seconds: float = math.inf,
    passages: int = PASSAGES,
) -> GradientScale:
    """Measure the gradients that dynamic evaluation divides by.

    Args:
        model: The trained model, in evaluation mode.
        ids: Training text, shape (ids,).
        seconds: After which no more is read.
        passages: How many passages at most, each as long as a segment of dynamic evaluation.

    Returns:
        The usual gradients.
    """
    time_up = time.monotonic() + seconds
    return GradientScale.measure(model, _passages(ids, passages, time_up=time_up))


def _passages(ids: NDArray[np.integer], count: int, *, time_up: float) -> Iterator[Batch]:
    """Yield passages in an order that covers the text however early it ends."""
    length = min(DynamicConfig().segment, len(ids) - 1)
    if length < 1:
        return
    last = len(ids) - 1 - length
    starts = np.linspace(0, last, min(count, last + 1)).astype(np.int64)
    for start in np.random.default_rng(0).permutation(starts):
        window = torch.from_numpy(ids[start : start + length + 1].astype(np.int64))[None]
        yield Batch(inputs=window[:, :-1], targets=window[:, 1:])
        if time.monotonic() > time_up:
            return
