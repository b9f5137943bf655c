"""Settings of the process: threads, denormal numbers, and freed memory."""

import ctypes
import platform
from collections.abc import Callable

import torch

# Of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
NEVER = -1
LARGEST_KEPT = 2**27  # bytes; what is larger, as counts of a whole text are, goes back at once


def prepare_cpu(threads: int = 0) -> int:
    """Set the processor up for training and asking.

    Denormals are flushed to zero: softmax probabilities that underflow made the backward pass of
    an output layer ten times slower without it (docs/benchmarks.md).

    Args:
        threads: Threads for one operation; 0 keeps what torch found when it was loaded, those of
            OMP_NUM_THREADS or else of every core. Counting the cores here would be wrong: under
            OMP_PROC_BIND loading torch binds the process to one of them.

    Returns:
        The number of threads in use.
    """
    torch.set_flush_denormal(True)
    torch.set_num_threads(threads or torch.get_num_threads())
    return torch.get_num_threads()


def keep_freed_memory() -> bool:
    """Keep memory that is freed for the next to ask for it, where malloc is that of glibc.

    Each training step asks for the same large buffers as the one before. By default glibc gives
    them back to the system after every use, which then clears each page anew: a seventh of a step
    of two layers of 512 (docs/benchmarks.md). Where the sizes differ from step to step, the tokens
    kept fit nothing and the process grows.

    Returns:
        Whether that is so now; elsewhere everything stays as it was.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt: Callable[[int, int], int] = ctypes.CDLL(None).mallopt
    is_raised = mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT) == 1
    return mallopt(M_TRIM_THRESHOLD, NEVER) == 1 and is_raised
