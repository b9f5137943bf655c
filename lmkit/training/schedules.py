"""How the learning rate moves: functions of progress, 0 at the start and 1 at the end.

A shape says how the rate falls after the warm-up; it knows neither steps nor the clock.
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


def rate_share(progress: float, config: TrainingConfig) -> float:
    """Return which share of the highest rate to use.

    Args:
        progress: Share of the run done, 0..1.
        config: Warm-up, shape and what is left at the end.

    Returns:
        A share, 0..1.
    """
    if progress < config.warm_up:
        return max(progress / config.warm_up, 0.01)
    left = 1.0 - config.warm_up
    shape = SCHEDULES.get(config.schedule)((progress - config.warm_up) / left if left else 1.0)
    return config.final_rate + (1.0 - config.final_rate) * shape


def dropout_share(progress: float, config: TrainingConfig, *, passes: float = math.inf) -> float:
    """Return which share of every dropout to use.

    What is read once cannot be learned by heart, and dropout then only slows learning: so a single
    pass drops nothing, and more passes drop more, in proportion to those after the first.

    Args:
        progress: Share of the run done, 0..1.
        config: From how many passes on dropout counts in full, and the last part in which it falls
            to nothing.
        passes: Passes over the text in the whole run.

    Returns:
        A share, 0..1.
    """
    share = 1.0
    if config.dropout_passes > 1.0:
        share = min(1.0, max(0.0, (passes - 1.0) / (config.dropout_passes - 1.0)))
    if not config.dropout_anneal:
        return share
    return share * min(1.0, max(0.0, (1.0 - progress) / config.dropout_anneal))


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
