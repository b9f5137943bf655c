"""Cores that other programs leave free, by the kernel's counters of processor time."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROC_STAT = Path("/proc/stat")
# A core counts as taken from this share of it on: two threads in lock step wait for the slower one,
# so that less than a third of a core is better shared than left alone.
TAKEN_FROM = 0.3
SHORTEST = 0.3  # seconds between two looks; the counters have steps of 10 ms


def usable_cores() -> int:
    """Return the number of cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _Use:
    """Processor time used since the machine started, in seconds, at one moment."""

    at: float
    everybody: float
    own: float


class FreeCores:
    """Count of the cores that other programs leave free, between one look and the next.

    Programs of a lower priority (nice) than this one do not count: the kernel lets them wait. On
    systems other than Linux there are no such counters, and every core counts as free.
    """

    def __init__(self, stat: Path = PROC_STAT, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the first look.

        Args:
            stat: Counters as Linux gives them; where the file is missing all cores are free.
            clock: Seconds from any start.
        """
        self.cores = usable_cores()
        self._stat = stat
        self._clock = clock
        self._last = self._use() if stat.is_file() else None
        self._free = self.cores

    def count(self) -> int:
        """Return the free cores, at least one; the last answer if that was a moment ago."""
        if self._last is None or self._clock() - self._last.at < SHORTEST:
            return self._free
        before, now = self._last, self._use()
        self._last = now
        others = (now.everybody - before.everybody) - (now.own - before.own)
        taken = int(max(0.0, others) / (now.at - before.at) + 1.0 - TAKEN_FROM)
        self._free = max(1, self.cores - taken)
        return self._free

    def _use(self) -> _Use:
        own = os.times()
        return _Use(self._clock(), busy_seconds(self._stat.read_text("ascii")), own[0] + own[1])


def busy_seconds(stat: str) -> float:
    """Return the seconds that all cores this process may use have worked since the start.

    Args:
        stat: The content of /proc/stat: a line for each core with its ticks in user programs, in
            niced ones, in the kernel, idle, waiting for a disk, in interrupts of two kinds, and
            taken by the host of a virtual machine.
    """
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    counts_niced = os.nice(0) > 0
    ticks = 0
    for line in stat.splitlines():
        name, *fields = line.split()
        if not name.startswith("cpu") or not name[3:].isdigit():
            continue
        if allowed is not None and int(name[3:]) not in allowed:
            continue
        user, niced, system, _idle, _disk, *interrupts = (int(field) for field in fields)
        ticks += user + system + sum(interrupts[:3]) + (niced if counts_niced else 0)
    return ticks / os.sysconf("SC_CLK_TCK")
