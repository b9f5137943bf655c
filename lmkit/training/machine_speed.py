"""How fast this machine multiplies matrices of the size that training multiplies.

A minute on one machine is two on another: what fits the time is chosen by both.
"""

import statistics
import time
from collections.abc import Callable

import torch

from lmkit.nn.matmul import matmul

USUAL_RATE = 200e9  # operations a second, for which the limits of `choose_preset` were measured
_ROWS, _INNER, _COLUMNS = 700, 512, 2048  # 20 streams of 35 words, the gates of 512 units
_RUNS = 9


def relative_speed(clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how many minutes of the usual machine a minute on this one is worth.

    Args:
        clock: Seconds from any start.

    Returns:
        Above 0; 2 on a machine twice as fast. Takes less than a tenth of a second on the usual one.
    """
    left, right = torch.rand(_ROWS, _INNER), torch.rand(_INNER, _COLUMNS)
    taken = []
    for _ in range(_RUNS):
        began = clock()
        matmul(left, right)
        taken.append(clock() - began)
    return 2 * _ROWS * _INNER * _COLUMNS / max(statistics.median(taken), 1e-9) / USUAL_RATE
