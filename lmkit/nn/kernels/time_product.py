"""A matrix product inside a recurrent loop whose weight gradient is taken once, for all steps.

Autograd would add a full-sized weight gradient at every step. Here each step appends its
input and its gradient to a list, and one product over all steps gives the weight gradient.
"""

from typing import Any  # autograd's context `ctx` is untyped

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lmkit.nn.kernels.products import by_columns, matmul_t, weight_gradient


class TimeProduct:
    """The product of rows with `weight.T`, step after step of one pass over a sequence.

    Make one for each pass: it keeps what the backward pass needs until that has run.
    """

    def __init__(self, weight: Tensor) -> None:
        self._steps: list[tuple[Tensor, Tensor]] = []
        self._across = by_columns(weight.detach())
        self._weight = _Weight.apply(weight, self._steps)  # type: ignore[no-untyped-call]

    def __call__(self, rows: Tensor) -> Tensor:
        """Return `rows @ weight.T`, shape (batch, out)."""
        product: Tensor = _StepProduct.apply(  # type: ignore[no-untyped-call]
            rows, self._weight, self._across, self._steps
        )
        return product


class _Weight(torch.autograd.Function):
    """The weight as the loop sees it; its backward runs after that of every step."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, steps: list[tuple[Tensor, Tensor]]) -> Tensor:  # noqa: ANN401
        ctx.steps = steps
        return weight.view_as(weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401, ARG004
        rows = torch.cat([rows for rows, _ in ctx.steps])
        grads = torch.cat([grad_product for _, grad_product in ctx.steps])
        ctx.steps.clear()
        return weight_gradient(grads, rows), None


class _StepProduct(torch.autograd.Function):
    """The product of one step."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        rows: Tensor,
        weight: Tensor,
        across: Tensor,
        steps: list[tuple[Tensor, Tensor]],
    ) -> Tensor:
        ctx.steps = steps
        ctx.save_for_backward(rows, weight)
        return matmul_t(rows, across)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_product: Tensor) -> tuple[Tensor, None, None, None]:  # noqa: ANN401
        rows, weight = ctx.saved_tensors
        ctx.steps.append((rows, grad_product))
        return matmul_t(grad_product, weight.T), None, None, None
