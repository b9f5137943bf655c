"""Speed of this machine: the rate of matrix products of the size that training has.

A minute on one machine is two on another: a preset is chosen by both. Where training multiplies in
bfloat16, a step gains about half of what its products gain (docs/recipe.md), so the mean of both
rates counts.
"""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from lmkit.core.processor import has_fast_bfloat16
from lmkit.core.seeding import make_generator
from lmkit.nn.matmul import matmul

USUAL_RATE = 200e9  # operations a second, for which the limits of `choose_preset` were measured
_ROWS, _INNER, _COLUMNS = 700, 512, 2048  # 20 streams of 35 words, the gates of 512 units
_RUNS = 9


def relative_speed(
    precision: str = "auto", *, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return the speed of this machine, relative to that of the usual one.

    Args:
        precision: Of the products of training: "float32"; "bfloat16" or "auto" where the
            processor has it.
        clock: Seconds from any start.

    Returns:
        Above 0; 2 on a machine twice as fast. Measuring takes less than two tenths of a second on
        the usual one.
    """
    rates = [_rate(matmul, torch.float32, clock)]
    if precision != "float32" and has_fast_bfloat16():
        rates.append(_rate(torch.mm, torch.bfloat16, clock))
    return statistics.mean(rates) / USUAL_RATE


def _rate(
    product: Callable[[Tensor, Tensor], Tensor], dtype: torch.dtype, clock: Callable[[], float]
) -> float:
    """Return the operations of a product in a second."""
    generator = make_generator(0)
    left = torch.rand(_ROWS, _INNER, generator=generator).to(dtype)
    right = torch.rand(_INNER, _COLUMNS, generator=generator).to(dtype)
    taken = []
    for _ in range(_RUNS):
        began = clock()
        product(left, right)
        taken.append(clock() - began)
    return 2 * _ROWS * _INNER * _COLUMNS / max(statistics.median(taken), 1e-9)
