"""How this process uses the machine: threads and denormal numbers."""

import os

import torch


def prepare_cpu(threads: int = 0) -> int:
    """Set the processor up for training and asking.

    Denormals are flushed to zero: softmax probabilities that underflow made the backward pass of
    an output layer ten times slower without it (docs/benchmarks.md).

    Args:
        threads: Threads for one operation; 0 takes every core this process may use.

    Returns:
        The number of threads in use.
    """
    torch.set_flush_denormal(True)
    torch.set_num_threads(threads or available_cores())
    return torch.get_num_threads()


def available_cores() -> int:
    """Return how many cores this process may use, which a container can restrict."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
