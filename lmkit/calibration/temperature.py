"""The temperature of the softmax, fitted on validation text once the weights stand.

The logits are multiplied by one number, the sharpness, 1 / temperature. The loss is convex in it
and nearly a parabola around its least value, so a parabola through three points finds that (Guo
2017 fits a classifier's temperature so). Knows hidden states and ids, not their text.
"""

import math

import torch
from torch import Tensor

from lmkit.nn.heads.head import Head

ARITHMETIC = 80e6  # logits computed for one point of the parabola, at most
POSITIONS = 8192  # predictions looked at, at most
STEP = 0.05  # between the points of a parabola, as a share of the middle one
NEAR = 0.1  # from the middle, as a share of it, the least value of a parabola is believed
ROUNDS = 4  # parabolas at most: the next one stands where the last had its least value
POINTS = 3 + 1  # usually computed: one parabola, and whether its least value is one
LEAST, MOST = 0.5, 2.0  # sharpness


def positions(vocab_size: int, available: int) -> int:
    """Return how many predictions are worth looking at.

    Args:
        vocab_size: Logits of one prediction.
        available: Predictions there are.
    """
    return max(1, min(available, POSITIONS, int(ARITHMETIC // vocab_size)))


def fit_temperature(head: Head, hidden: Tensor, targets: Tensor) -> float:
    """Set a head's temperature to what makes some text the most probable.

    Args:
        head: In evaluation mode, of temperature 1.
        hidden: What it reads, shape (rows, width).
        targets: The ids that came next, shape (rows,).

    Returns:
        The temperature; 1 where no other is better.
    """
    before = _nats(head, hidden, targets, sharpness=1.0)
    middle, least = 1.0, before
    for _ in range(ROUNDS):
        wanted = _lowest(head, hidden, targets, middle=middle, least=least)
        found = _nats(head, hidden, targets, sharpness=wanted)
        if not found < least:
            break
        is_near = abs(wanted - middle) <= NEAR * middle
        middle, least = wanted, found
        if is_near:
            break
    head.temperature.fill_(1.0 / middle)
    return float(head.temperature)


def _lowest(head: Head, hidden: Tensor, targets: Tensor, *, middle: float, least: float) -> float:
    """Return where the parabola around a sharpness is lowest, within bounds.

    Args:
        head: As in `fit_temperature`.
        hidden: As there.
        targets: As there.
        middle: A sharpness.
        least: The loss there.
    """
    step = STEP * middle
    below = _nats(head, hidden, targets, sharpness=middle - step)
    above = _nats(head, hidden, targets, sharpness=middle + step)
    curvature = below - 2.0 * least + above
    slope = above - below
    if not (math.isfinite(curvature) and curvature > 0.0):
        return middle
    return min(MOST, max(LEAST, middle - 0.5 * step * slope / curvature))


def _nats(head: Head, hidden: Tensor, targets: Tensor, *, sharpness: float) -> float:
    """Return the mean negative log-likelihood at a sharpness."""
    with torch.no_grad():
        head.temperature.fill_(1.0 / sharpness)
        return -float(head.log_prob_of(hidden, targets).double().mean())
