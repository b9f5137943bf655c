"""How this process uses the machine: threads and denormal numbers."""

import torch


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
