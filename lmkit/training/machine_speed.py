"""Speed of this machine: the rate of matrix products of the size that training has.

A minute on one machine is two on another: a preset is chosen by both.
"""

import statistics
import time
from collections.abc import Callable

import torch

from lmkit.core.seeding import make_generator
from lmkit.nn.matmul import matmul

USUAL_RATE = 200e9  # operations a second, for which the limits of `choose_preset` were measured
_ROWS, _INNER, _COLUMNS = 700, 512, 2048  # 20 streams of 35 words, the gates of 512 units
_RUNS = 9


def relative_speed(clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the speed of this machine, relative to that of the usual one.

    Args:
        clock: Seconds from any start.

    Returns:
        Above 0; 2 on a machine twice as fast. Measuring takes less than a tenth of a second on
        the usual one.
    """
    generator = make_generator(0)
    left = torch.rand(_ROWS, _INNER, generator=generator)
    right = torch.rand(_INNER, _COLUMNS, generator=generator)
    taken = []
    for _ in range(_RUNS):
        began = clock()
        matmul(left, right)
        taken.append(clock() - began)
    return 2 * _ROWS * _INNER * _COLUMNS / max(statistics.median(taken), 1e-9) / USUAL_RATE
