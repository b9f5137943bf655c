"""A matrix product inside a recurrent loop whose weight gradient is taken once, for all steps.

Autograd would add a full-sized weight gradient at every step. Here each step leaves its input and
its gradient in a ledger, and one product over all steps ends the matter.
"""

from typing import Any  # autograd's notebook `ctx` has no type of its own

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lmkit.nn.kernels.products import by_columns, times, weight_gradient


class TimeProduct:
    """Multiplies rows by `weight.T`, step after step of one pass over a sequence.

    Make one for each pass: it keeps what the backward pass needs until that has run.
    """

    def __init__(self, weight: Tensor) -> None:
        self._ledger: list[tuple[Tensor, Tensor]] = []
        self._across = by_columns(weight.detach())
        self._weight = _Account.apply(weight, self._ledger)  # type: ignore[no-untyped-call]

    def __call__(self, rows: Tensor) -> Tensor:
        """Return `rows @ weight.T`, shape (batch, out)."""
        product: Tensor = _Entry.apply(  # type: ignore[no-untyped-call]
            rows, self._weight, self._across, self._ledger
        )
        return product


class _Account(torch.autograd.Function):
    """The weight as the loop sees it; its backward runs after that of every step."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, ledger: list[tuple[Tensor, Tensor]]) -> Tensor:  # noqa: ANN401
        ctx.ledger = ledger
        return weight.view_as(weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401, ARG004
        rows = torch.cat([rows for rows, _ in ctx.ledger])
        grads = torch.cat([grad_product for _, grad_product in ctx.ledger])
        ctx.ledger.clear()
        return weight_gradient(grads, rows), None


class _Entry(torch.autograd.Function):
    """One step's product."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        rows: Tensor,
        weight: Tensor,
        across: Tensor,
        ledger: list[tuple[Tensor, Tensor]],
    ) -> Tensor:
        ctx.ledger = ledger
        ctx.save_for_backward(rows, weight)
        return times(rows, across)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_product: Tensor) -> tuple[Tensor, None, None, None]:  # noqa: ANN401
        rows, weight = ctx.saved_tensors
        ctx.ledger.append((rows, grad_product))
        return times(grad_product, weight.T), None, None, None
