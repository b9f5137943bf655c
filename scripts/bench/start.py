"""Measure how soon `lmkit next` answers: `python scripts/bench/start.py DIR [--pairs N]`.

In pairs, one after the other: `lmkit next DIR TEXT`, and `python -c "import torch"`, which is the
least it can take. Processor time is compared, of all threads together, since other programs change
it least. Prints one JSON object; `ratio` is the median over the pairs.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

TARGET = 1.25  # at most
TEXT = "the"


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds that a command took: of the processor, and by the clock."""

    cpu: float
    clock: float


@dataclass(frozen=True, slots=True)
class Start:
    """The time to start: ratios of processor time, and medians in seconds."""

    ratio: float
    ratios: tuple[float, ...]
    next_cpu: float
    next_clock: float
    torch_cpu: float
    torch_clock: float


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("model", metavar="DIR", type=Path, help="a trained model")
    parser.add_argument("--pairs", type=int, default=7, help="how many pairs (default 7)")
    given = parser.parse_args()
    print(json.dumps({**asdict(measure(given.model, given.pairs)), "target": TARGET}))


_AsWritten = argparse.RawDescriptionHelpFormatter


def measure(model: Path, pairs: int) -> Start:
    """Run both commands in turn.

    Args:
        model: The folder of a trained model.
        pairs: How often; one more pair before them writes what Python caches, and is not counted.
    """
    ask = [sys.executable, "-m", "lmkit", "next", str(model), TEXT, "--quiet"]
    load = [sys.executable, "-c", "import torch"]
    found = [(timed(ask), timed(load)) for _ in range(pairs + 1)][1:]
    return summary(found)


def timed(command: Sequence[str]) -> Run:
    """Run a command to its end, on one thread and with its modules cached."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before, start = _children(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return Run(_children() - before, time.perf_counter() - start)


def summary(pairs: Sequence[tuple[Run, Run]]) -> Start:
    """Return the medians of pairs of `lmkit next` and `import torch`."""
    ratios = tuple(round(ask.cpu / load.cpu, 3) for ask, load in pairs)
    asks, loads = zip(*pairs, strict=True)
    return Start(
        ratio=statistics.median(ratios),
        ratios=ratios,
        next_cpu=_median([run.cpu for run in asks]),
        next_clock=_median([run.clock for run in asks]),
        torch_cpu=_median([run.cpu for run in loads]),
        torch_clock=_median([run.clock for run in loads]),
    )


def _median(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds), 3)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
