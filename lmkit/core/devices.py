"""Compute devices: their choice, and settings of the process for the CPU."""

import ctypes
import os
import platform
from collections.abc import Callable

import torch
from torch import nn

from lmkit.core.errors import UsageError, unknown_name

DEVICES = ("auto", "cpu", "cuda", "mps")

# Of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
NEVER = -1
LARGEST_KEPT = 2**27  # bytes; what is larger, as counts of a whole text are, goes back at once


def choose_device(name: str = "auto") -> torch.device:
    """Return the device that a name stands for.

    Args:
        name: "cpu", "cuda", "mps", or "auto": CUDA where there is one, else MPS, else the CPU.

    Returns:
        A device that this machine has.

    Raises:
        UnknownNameError: If the name is none of these.
        UsageError: If this machine has no such device.
    """
    if name not in DEVICES:
        raise unknown_name("device", name, DEVICES)
    has = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, is_there in has.items() if is_there)
    if not has[name]:
        raise UsageError(
            f"this machine has no {name} device that torch can use; give --device auto, "
            "which chooses a device that exists"
        )
    if name == "cuda":
        prepare_cuda()
    return torch.device(name)


def device_of(module: nn.Module) -> torch.device:
    """Return the device of a module's weights: that of the first; the CPU where it has none."""
    first = next(module.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def precise_dtype(device: torch.device) -> torch.dtype:
    """Return the most precise floating-point type of a device: float64, but on MPS float32."""
    return torch.float32 if device.type == "mps" else torch.float64


def prepare_cuda() -> None:
    """Set CUDA up for training and inference: float32 in full, and equal sums in equal runs.

    cuDNN by default rounds the inputs of float32 products to 10 bits (TF32), so that a GPU and the
    CPU would differ in the third digit; torch's own products are in full by default. The recurrent
    layers of cuDNN add in an order that changes from run to run unless cuBLAS has few workspaces
    (documentation of `torch.nn.LSTM`); a value that the user has given stays.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:2")
    torch.backends.cudnn.allow_tf32 = False


def has_device_bfloat16(device: torch.device) -> bool:
    """Return whether a device other than the CPU multiplies bfloat16 numbers by itself."""
    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def prepare_cpu(threads: int = 0) -> int:
    """Set the CPU up for training and inference.

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
    """Keep freed memory in the process for later allocations, where malloc is that of glibc.

    Each training step asks for the same large buffers as the one before. By default glibc gives
    them back to the system after every use, which then clears each page anew: a seventh of a step
    of two layers of 512 (docs/benchmarks.md). Where sizes differ from step to step, the blocks
    kept fit nothing and the process grows.

    Returns:
        Whether the setting was made; elsewhere nothing changes.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt: Callable[[int, int], int] = ctypes.CDLL(None).mallopt
    is_raised = mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT) == 1
    return mallopt(M_TRIM_THRESHOLD, NEVER) == 1 and is_raised
