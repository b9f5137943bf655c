"""Schedules of the learning rate: functions of progress, 0 at the start and 1 at the end.

A shape is the curve of the rate after the warm-up; it knows neither steps nor the clock.
"""

import math
from collections.abc import Callable

from lmkit.core.registry import Registry
from lmkit.training.config import TrainingConfig

Shape = Callable[[float], float]

SCHEDULES: Registry[Shape] = Registry(
    "schedule",
    {
        "cosine": "lmkit.training.schedules:cosine",
        "linear": "lmkit.training.schedules:linear",
        "trapezoid": "lmkit.training.schedules:trapezoid",
        "sqrt": "lmkit.training.schedules:one_minus_sqrt",
        "constant": "lmkit.training.schedules:constant",
    },
)

DECAY_FROM = 0.6  # where the flat part of "trapezoid" and "sqrt" ends


def schedule_factor(progress: float, config: TrainingConfig) -> float:
    """Return the fraction of the highest rate to use.

    Args:
        progress: Fraction of the run done, 0..1.
        config: Warm-up, shape and the fraction left at the end.

    Returns:
        A factor, 0..1.
    """
    if progress < config.warm_up:
        return max(progress / config.warm_up, 0.01)
    left = 1.0 - config.warm_up
    shape = SCHEDULES.get(config.schedule)((progress - config.warm_up) / left if left else 1.0)
    return config.final_rate + (1.0 - config.final_rate) * shape


def dropout_scale(progress: float, config: TrainingConfig, *, epochs: float = math.inf) -> float:
    """Return the factor of every dropout rate.

    A text that is read once cannot be memorised, and dropout then only slows learning: a single
    epoch drops nothing, and more epochs drop more, in proportion to those after the first.

    Args:
        progress: Fraction of the run done, 0..1.
        config: Epochs from which dropout counts in full, and the last fraction of the run, in which
            it falls to nothing.
        epochs: Epochs of the whole run.

    Returns:
        A factor, 0..1.
    """
    scale = epochs_scale(config, epochs=epochs)
    if not config.dropout_anneal:
        return scale
    return scale * min(1.0, max(0.0, (1.0 - progress) / config.dropout_anneal))


def epochs_scale(config: TrainingConfig, *, epochs: float) -> float:
    """Return the fraction of the regularisation that so many epochs call for.

    Args:
        config: `dropout_epochs`: from how many epochs on it counts in full.
        epochs: Epochs of the whole run.

    Returns:
        0 for a single epoch, rising linearly to 1 at `dropout_epochs`.
    """
    if config.dropout_epochs <= 1.0:
        return 1.0
    return min(1.0, max(0.0, (epochs - 1.0) / (config.dropout_epochs - 1.0)))


def cosine(progress: float) -> float:
    """Fall along half a cosine."""
    return 0.5 * (1.0 + math.cos(math.pi * progress))


def linear(progress: float) -> float:
    """Fall along a line."""
    return 1.0 - progress


def trapezoid(progress: float) -> float:
    """Stay, then fall along a line."""
    return min(1.0, (1.0 - progress) / (1.0 - DECAY_FROM))


def one_minus_sqrt(progress: float) -> float:
    """Stay, then fall fast at first and slowly later."""
    return 1.0 - math.sqrt(max(0.0, progress - DECAY_FROM) / (1.0 - DECAY_FROM))


def constant(progress: float) -> float:  # noqa: ARG001  # every shape has one signature
    """Stay."""
    return 1.0
