"""Number of threads of a training run, changed while it runs to what other programs leave free."""

import os

import torch

from lmkit.core.free_cores import FreeCores


class ThreadsByLoad:
    """Threads of one operation, as many as there are free cores.

    Two threads in lock step run at the speed of the slower: where another program has one of two
    cores, one thread trains three times as fast as two (docs/benchmarks.md). The number changes the
    order of sums and so the last bits of the weights; it is for runs whose length is given in
    minutes, which differ in any case.
    """

    def __init__(self, cores: FreeCores | None = None) -> None:
        """Begin to count.

        Args:
            cores: The counter of free cores; None makes one.
        """
        self._cores = cores or FreeCores()
        self._most = torch.get_num_threads()

    def adjust(self) -> None:
        """Set the number of threads for the operations to come."""
        threads = min(self._most, self._cores.count())
        if threads != torch.get_num_threads():
            torch.set_num_threads(threads)

    def restore(self) -> None:
        """Set the number of threads back to that before the run."""
        torch.set_num_threads(self._most)


def is_left_to_us() -> bool:
    """Return whether the user has said nothing about threads, so that they may be chosen."""
    return not {"OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_PROC_BIND"} & set(os.environ)
