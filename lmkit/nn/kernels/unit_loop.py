"""A recurrent loop with a hand-written backward pass, for equations that work unit by unit.

Between two matrix products the new cell state and the recurrent outputs of a unit depend on the
sums and the cell state of that unit alone. Autograd therefore takes these derivatives for every
step and unit at once, from the same equations that the forward pass ran.
What is left of back-propagation through time is a short linear loop: one matrix product and a few
multiplications a step. The weights' gradient is one product over all steps at the end.
"""

from collections.abc import Callable
from typing import Any, TypeAlias  # Any: autograd's context `ctx` is untyped

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lmkit.nn.kernels.products import by_columns, matmul_t, weight_gradient

Equations: TypeAlias = Callable[
    [Tensor, Tensor, tuple[Tensor, ...]], tuple[Tensor, tuple[Tensor, ...]]
]


class UnitLoop(torch.autograd.Function):
    """The loop `cell, shown = equations(sums + shown @ weight.T, cell, unit_weights)` over time."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        equations: Equations,
        sums: Tensor,
        shown: Tensor,
        cell: Tensor,
        weight: Tensor,
        *unit_weights: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return the recurrent outputs of each step and the last cell state.

        Args:
            ctx: Autograd's context.
            equations: From (sums, cell, unit weights) to (cell, shown parts).
            sums: Shape (time, batch, blocks x hidden).
            shown: Recurrent inputs of the first step, shape (batch, shown x hidden).
            cell: Shape (batch, hidden).
            weight: Shape (blocks x hidden, shown x hidden).
            *unit_weights: Shape (hidden,) each.
        """
        time, batch, _ = sums.shape
        all_sums = torch.empty_like(sums)
        all_shown = sums.new_empty(time + 1, batch, shown.shape[-1])
        all_cells = sums.new_empty(time + 1, batch, cell.shape[-1])
        all_shown[0], all_cells[0] = shown, cell
        across = by_columns(weight)
        for t in range(time):
            torch.add(matmul_t(all_shown[t], across), sums[t], out=all_sums[t])
            cell, parts = equations(all_sums[t], cell, unit_weights)
            all_cells[t + 1] = cell
            _join(parts, out=all_shown[t + 1])
        ctx.equations = equations
        ctx.save_for_backward(all_sums, all_shown, all_cells, weight, *unit_weights)
        return all_shown[1:], cell.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_shown: Tensor, grad_cell: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """Return the gradients of all inputs of `forward`."""
        sums, shown, cells, weight, *unit_weights = ctx.saved_tensors
        units = cells.shape[-1]
        grads = _UnitGradients(ctx.equations, sums, cells[:-1], tuple(unit_weights))
        grad_sums = torch.empty_like(sums)
        grad_cells = torch.empty_like(cells[1:])
        grad_shown = grad_shown.clone()
        d_shown = torch.zeros_like(shown[0])
        d_cell = grad_cell
        for t in reversed(range(len(sums))):
            d_shown = grad_shown[t].add_(d_shown)
            grad_cells[t] = d_cell
            d_cell = grads.back(t, d_cell, d_shown, out=_by_block(grad_sums[t], units))
            d_shown = matmul_t(grad_sums[t], weight.T)
        flat = grad_sums.flatten(0, 1)
        grad_weight = weight_gradient(flat, shown[:-1].flatten(0, 1))
        grad_units = grads.of_unit_weights(grad_cells, grad_shown)
        return None, grad_sums, d_shown, d_cell, grad_weight, *grad_units


class _UnitGradients:
    """Derivatives of the outputs of every unit with respect to its inputs, for all steps at once.

    Each has shape (time, batch, blocks, hidden) for the sums, (time, batch, hidden) for the cell
    state before and for the weights of single units.
    """

    def __init__(
        self, equations: Equations, sums: Tensor, cells: Tensor, unit_weights: tuple[Tensor, ...]
    ) -> None:
        inputs = [
            sums.detach().requires_grad_(),
            cells.detach().requires_grad_(),
            *(w.detach().expand_as(cells).requires_grad_() for w in unit_weights),
        ]
        with torch.enable_grad():
            cell, shown = equations(inputs[0], inputs[1], tuple(inputs[2:]))
            totals = [result.sum() for result in (cell, *shown)]
        units = cells.shape[-1]
        self.of_results: list[
            tuple[Tensor, ...]
        ] = []  # the cell state's grads first, then those of each shown part
        for total in totals:
            by_sums, *others = torch.autograd.grad(
                total, inputs, retain_graph=True, materialize_grads=True
            )
            self.of_results.append((_by_block(by_sums, units), *others))

    def back(self, t: int, d_cell: Tensor, d_shown: Tensor, *, out: Tensor) -> Tensor:
        """Take one step back: fill the gradient of the sums, return that of the cell before."""
        by_sums, by_cell, *_ = self.of_results[0]
        torch.mul(by_sums[t], d_cell.unsqueeze(1), out=out)
        d_before = by_cell[t] * d_cell
        parts = d_shown.chunk(len(self.of_results) - 1, dim=-1)
        for (by_sums, by_cell, *_), part in zip(self.of_results[1:], parts, strict=True):
            out.addcmul_(by_sums[t], part.unsqueeze(1))
            d_before.addcmul_(by_cell[t], part)
        return d_before

    def of_unit_weights(self, grad_cells: Tensor, grad_shown: Tensor) -> list[Tensor]:
        """Return the gradient of each weight of single units, shape (hidden,)."""
        parts = (grad_cells, *grad_shown.chunk(len(self.of_results) - 1, dim=-1))
        gradients = []
        for which in range(2, len(self.of_results[0])):
            products = [
                (grads[which] * part).sum((0, 1))
                for grads, part in zip(self.of_results, parts, strict=True)
            ]
            gradients.append(torch.stack(products).sum(0))
        return gradients


def _by_block(sums: Tensor, units: int) -> Tensor:
    return sums.view(*sums.shape[:-1], -1, units)


def _join(parts: tuple[Tensor, ...], *, out: Tensor) -> None:
    if len(parts) == 1:
        out.copy_(parts[0])
    else:
        torch.cat(parts, dim=-1, out=out)
