"""Matrix products of cells, by oneDNN where that is there and the product is worth the call.

torch multiplies matrices with MKL, which on processors of other makers than its own leaves half of
their speed unused; oneDNN does not (docs/lab/variants.md).
"""

from functools import cache
from typing import Any  # autograd's notebook `ctx` has no type of its own

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

WORTH_IT = 1_000_000  # multiplications from which a call of oneDNN pays


def times(rows: Tensor, weight: Tensor) -> Tensor:
    """Return `rows` @ weight.T, without a gradient of its own.

    Args:
        rows: Shape (rows, in).
        weight: Shape (out, in).

    Returns:
        Shape (rows, out).
    """
    if not _suits_onednn(rows, weight):
        return rows @ weight.T
    rows, weight = _without_gaps(rows), _without_gaps(weight)
    product: Tensor = torch.ops.mkldnn._linear_pointwise(rows, weight, None, "none", [], "")
    return product


def by_columns(weight: Tensor) -> Tensor:
    """Return a matrix laid out by columns: many thin products with it are a third faster so."""
    return weight.T.contiguous().T


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return x @ weight.T + bias, with gradients.

    Args:
        x: Shape (..., in).
        weight: Shape (out, in).
        bias: Shape (out,).

    Returns:
        Shape (..., out).
    """
    sums: Tensor = _Linear.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return sums


class _Linear(torch.autograd.Function):
    """The product of all inputs of a sequence."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(x, weight)
        product = times(x.flatten(0, -2), weight).add_(bias)
        return product.view(*x.shape[:-1], len(weight))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        flat = grad.flatten(0, -2)
        return (
            times(flat, weight.T).view(x.shape),
            weight_gradient(flat, x.flatten(0, -2)),
            flat.sum(0),
        )


def weight_gradient(grad: Tensor, rows: Tensor) -> Tensor:
    """Return the gradient of a weight (out, in) from those of its products.

    Args:
        grad: Of the products, shape (rows, out).
        rows: What was multiplied, shape (rows, in).
    """
    return times(rows.T, grad.T).T


def _without_gaps(matrix: Tensor) -> Tensor:
    """Return a matrix that fills its memory, by rows or by columns: others take oneDNN ages."""
    return matrix if matrix.T.is_contiguous() else matrix.contiguous()


def _suits_onednn(rows: Tensor, weight: Tensor) -> bool:
    return (
        rows.dtype == weight.dtype == torch.float32
        and rows.device.type == "cpu"
        and len(rows) * weight.numel() >= WORTH_IT
        and _has_onednn()
    )


@cache
def _has_onednn() -> bool:
    """Say whether this build of torch brings oneDNN and its product."""
    is_built: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return is_built and hasattr(torch.ops.mkldnn, "_linear_pointwise")
