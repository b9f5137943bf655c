"""Measure this machine: float32 matrix products per second and memory bandwidth.

Every other bench prints its figures beside these, so that they can be compared between machines.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch

from lmkit.core.devices import prepare_cpu

Clock = Callable[[], float]  # seconds

SIZE = 2048  # rows and columns of the matrices multiplied
COPIED = 256 * 2**20  # bytes copied


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What this machine can do."""

    threads: int
    gflops: float  # float32 matrix product, 10^9 operations a second
    copy_gb_per_second: float  # bytes read plus bytes written
    torch: str  # version


def measure_machine(threads: int = 0, *, clock: Clock = time.perf_counter) -> Machine:
    """Measure matrix product and copy, the median of some runs."""
    used = prepare_cpu(threads)
    return Machine(
        threads=used,
        gflops=measure_matrix_product(clock=clock),
        copy_gb_per_second=_measure_copy(clock=clock),
        torch=torch.__version__,
    )


def measure_matrix_product(runs: int = 7, *, clock: Clock = time.perf_counter) -> float:
    """Return the rate of a float32 matrix product in GFLOP/s, the median of some runs."""
    a, b = torch.rand(SIZE, SIZE), torch.rand(SIZE, SIZE)
    out = torch.empty(SIZE, SIZE)
    seconds = [_seconds(lambda: torch.mm(a, b, out=out), clock) for _ in range(runs + 1)]
    return 2 * SIZE**3 / statistics.median(seconds[1:]) / 1e9


def _measure_copy(runs: int = 7, *, clock: Clock) -> float:
    source = torch.zeros(COPIED // 4)
    target = torch.zeros(COPIED // 4)
    seconds = [_seconds(lambda: target.copy_(source), clock) for _ in range(runs + 1)]
    return 2 * COPIED / statistics.median(seconds[1:]) / 1e9


def _seconds(run: Callable[[], object], clock: Clock) -> float:
    start = clock()
    run()
    return clock() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=0, help="0: every core")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    arguments = parser.parse_args()
    machine = measure_machine(arguments.threads)
    if arguments.json:
        print(json.dumps(asdict(machine)))
        return
    print(f"matrix product  {machine.gflops:7.1f} GFLOP/s (float32, {machine.threads} threads)")
    print(f"copy            {machine.copy_gb_per_second:7.1f} GB/s (read + written)")


if __name__ == "__main__":
    main()
