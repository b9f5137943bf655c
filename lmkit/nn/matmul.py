"""Matrix products by the quicker of the two libraries that torch brings along.

On x86, torch hands float32 products to MKL, which keeps its AVX-512 kernels for Intel's own
processors. oneDNN, which torch has for other operations, takes what the processor offers: on an
AMD core with AVX-512 it is twice as quick (docs/benchmarks.md). The choice follows from the
processor alone, never from a clock, so equal runs give equal bytes.

Knows no gradients: where autograd has to follow, torch's own product answers.
"""

import platform
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

_CPUINFO = Path("/proc/cpuinfo")
_FEW = 16  # rows from which oneDNN is quick however the right matrix lies
WORTH_IT = 1_000_000  # multiplications from which a call of oneDNN pays


def matmul(
    left: Tensor, right: Tensor, bias: Tensor | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Return `left @ right`, plus a bias.

    Args:
        left: Shape (rows, inner).
        right: Shape (inner, columns); quickest as the transpose of a matrix of weights.
        bias: Shape (columns,).
        out: Space for the result, shape (rows, columns), which may be used or not.

    Returns:
        Shape (rows, columns).
    """
    if _goes_to_onednn(left, right, bias):
        weight = _without_gaps(right).t()
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            _by_rows(left), weight, bias, "none", [], ""
        )
        return product
    if bias is None:
        return torch.mm(left, right, out=out)
    return torch.addmm(bias, left, right, out=out)


def add_matmul(total: Tensor, left: Tensor, right: Tensor) -> None:
    """Add `left @ right` to `total`.

    Args:
        total: Shape (rows, columns); written over.
        left: Shape (rows, inner).
        right: Shape (inner, columns).
    """
    if _goes_to_onednn(left, right, None):
        total.add_(matmul(left, right))
    else:
        total.addmm_(left, right)


def _goes_to_onednn(left: Tensor, right: Tensor, bias: Tensor | None) -> bool:
    if left.shape[0] * right.numel() < WORTH_IT:
        return False
    if left.dtype != torch.float32 or left.device.type != "cpu" or not is_onednn_quicker():
        return False
    if torch.is_grad_enabled() and any(
        tensor is not None and tensor.requires_grad for tensor in (left, right, bias)
    ):
        return False
    return left.shape[0] >= _FEW or right.stride(0) == 1


def _by_rows(matrix: Tensor) -> Tensor:
    """Return a matrix that fills its memory by rows; of three dimensions, every thread copies."""
    return matrix.unsqueeze(1).contiguous().squeeze(1)


def _without_gaps(matrix: Tensor) -> Tensor:
    """Return a matrix that fills its memory, by rows or by columns: oneDNN reads others slowly."""
    return matrix if matrix.t().is_contiguous() else matrix.contiguous()


@cache
def is_onednn_quicker() -> bool:
    """Return whether products go to oneDNN: with AVX-512 on a processor that is not Intel's."""
    return (
        torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and torch.backends.cpu.get_cpu_capability() == "AVX512"
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
        and not _is_intel(_CPUINFO)
    )


def _is_intel(cpuinfo: Path) -> bool:
    """Return whether the processor is Intel's, as Linux or else Python names it."""
    named = cpuinfo.read_text("utf-8") if cpuinfo.is_file() else platform.processor()
    return "GenuineIntel" in named
