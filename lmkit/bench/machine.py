"""The machine's best rates: matrix products in float32 and bfloat16, and copying.

Every figure of lmkit stands beside these, so that it can be compared between machines. Knows no
models.
"""

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lmkit.core.devices import prepare_cpu
from lmkit.core.processor import has_fast_bfloat16
from lmkit.core.seeding import make_generator
from lmkit.nn.matmul import matmul
from lmkit.results.bench import Machine

Clock = Callable[[], float]  # seconds

SIZE = 2048  # rows and columns of the matrices multiplied
COPIED = 256 * 2**20  # bytes copied


def measure_machine(threads: int = 0, *, clock: Clock = time.perf_counter) -> Machine:
    """Measure matrix product and copy, the median of some runs.

    Args:
        threads: Threads to use from now on; 0 keeps those that torch found.
        clock: Gives seconds.
    """
    used = prepare_cpu(threads)
    return Machine(
        threads=used,
        gflops=measure_matrix_product(clock=clock),
        torch_gflops=measure_matrix_product(clock=clock, product=torch.mm),
        bfloat16_gflops=(
            measure_matrix_product(clock=clock, product=torch.mm, dtype=torch.bfloat16)
            if has_fast_bfloat16()
            else None
        ),
        copy_gb_per_second=_measure_copy(clock=clock),
        torch=torch.__version__,
    )


def measure_matrix_product(
    runs: int = 7,
    *,
    clock: Clock = time.perf_counter,
    product: Callable[..., Tensor] = matmul,
    dtype: torch.dtype = torch.float32,
) -> float:
    """Return the rate of a matrix product in GFLOP/s.

    Args:
        runs: Of which the median counts.
        clock: Gives seconds.
        product: Multiplies two matrices into `out`, or into space of its own.
        dtype: Number format of the matrices and of their product.
    """
    a, b = torch.rand(2, SIZE, SIZE, generator=make_generator(0)).to(dtype)
    out = torch.empty(SIZE, SIZE, dtype=dtype)
    return 2 * SIZE**3 / _median(lambda: product(a, b, out=out), runs, clock) / 1e9


def milliseconds(
    calls: Sequence[Callable[[], object]], *, clock: Clock = time.perf_counter
) -> list[float]:
    """Return the milliseconds of each call; the first is made once before, to warm up."""
    calls[0]()
    taken = []
    for call in calls:
        began = clock()
        call()
        taken.append(1000 * (clock() - began))
    return taken


def _measure_copy(runs: int = 7, *, clock: Clock) -> float:
    source = torch.zeros(COPIED // 4)
    target = torch.zeros(COPIED // 4)
    return 2 * COPIED / _median(lambda: target.copy_(source), runs, clock) / 1e9


def _median(run: Callable[[], object], runs: int, clock: Clock) -> float:
    """Return the seconds of a call."""
    return statistics.median(milliseconds([run] * runs, clock=clock)) / 1000
