"""The loop of full gate recurrence, with a hand-written backward pass.

The previous gates have a matrix product of their own, so that the candidate's rows are
not multiplied by zeros. Derivatives that need no order in time are taken for all steps at once; the
gradient of each weight is one product over all steps at the end.
"""

from typing import Any  # autograd's context `ctx` is untyped

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lmkit.nn.kernels.products import by_columns, matmul_t, weight_gradient


class GateLoop(torch.autograd.Function):
    """An LSTM loop whose gates read the previous gates.

    The rows of all sums belong to input gate, forget gate, output gate and candidate, in this
    order; `gates` holds the first three of them.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        sums: Tensor,
        hidden: Tensor,
        gates: Tensor,
        cell: Tensor,
        weight_hidden: Tensor,
        weight_gates: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the hidden states, the last gates and the last cell state.

        Args:
            ctx: Autograd's context.
            sums: W x + b of all steps, shape (time, batch, 4 hidden).
            hidden: Hidden state before, shape (batch, hidden).
            gates: Gates before, shape (batch, 3 hidden).
            cell: Cell state before, shape (batch, hidden).
            weight_hidden: Shape (4 hidden, hidden).
            weight_gates: Shape (3 hidden, 3 hidden).
        """
        time, units = len(sums), cell.shape[-1]
        all_hidden, all_gates, all_cells = (
            torch.cat((before.unsqueeze(0), before.new_empty(time, *before.shape)))
            for before in (hidden, gates, cell)
        )
        candidates = torch.empty_like(all_cells[1:])
        tanh_c = torch.empty_like(candidates)  # tanh of the cell states
        across, gates_across = by_columns(weight_hidden), by_columns(weight_gates)
        for t in range(time):
            total = matmul_t(all_hidden[t], across).add_(sums[t])
            gate = total[:, : 3 * units].add_(matmul_t(all_gates[t], gates_across))
            gate = torch.sigmoid(gate, out=all_gates[t + 1])
            input_gate, forget, output = gate.chunk(3, dim=-1)
            torch.tanh(total[:, 3 * units :], out=candidates[t])
            torch.mul(forget, all_cells[t], out=all_cells[t + 1])
            all_cells[t + 1].addcmul_(input_gate, candidates[t])
            torch.tanh(all_cells[t + 1], out=tanh_c[t])
            torch.mul(output, tanh_c[t], out=all_hidden[t + 1])
        ctx.save_for_backward(
            all_hidden, all_gates, all_cells, candidates, tanh_c, weight_hidden, weight_gates
        )
        return all_hidden[1:], all_gates[-1].clone(), all_cells[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any,  # noqa: ANN401
        grad_hidden: Tensor,
        d_gates: Tensor,
        d_cell: Tensor,
    ) -> tuple[Tensor, ...]:
        """Return the gradients of all inputs of `forward`."""
        hidden, gates, cells, candidates, tanh_c, weight_hidden, weight_gates = ctx.saved_tensors
        time, batch, units = candidates.shape
        blocks = gates[1:].view(time, batch, 3, units)
        input_gate, forget, output = blocks.unbind(2)
        slope_gates = (gates[1:] * (1 - gates[1:])).view_as(blocks)
        # by what each gate is multiplied: input by the candidate, forget by the cell state before
        partners = torch.stack((candidates, cells[:-1]), dim=2)
        slope_candidate = input_gate * (1 - candidates.square())
        slope_cell = output * (1 - tanh_c.square())
        grad_sums = candidates.new_empty(time, batch, 4, units)
        d_hidden = torch.zeros_like(hidden[0])
        d_gates = d_gates.view(batch, 3, units).clone()
        for t in reversed(range(time)):
            d_hidden = d_hidden + grad_hidden[t]
            d_cell = torch.addcmul(d_cell, d_hidden, slope_cell[t])
            d_gates[:, :2].addcmul_(partners[t], d_cell.unsqueeze(1))
            d_gates[:, 2].addcmul_(d_hidden, tanh_c[t])
            grad = grad_sums[t]
            torch.mul(d_gates, slope_gates[t], out=grad[:, :3])
            torch.mul(d_cell, slope_candidate[t], out=grad[:, 3])
            d_cell = d_cell * forget[t]
            d_hidden = matmul_t(grad.flatten(1), weight_hidden.T)
            d_gates = matmul_t(grad[:, :3].flatten(1), weight_gates.T).view(batch, 3, units)
        flat = grad_sums.view(time * batch, 4 * units)
        return (
            grad_sums.view(time, batch, 4 * units),
            d_hidden,
            d_gates.flatten(1),
            d_cell,
            weight_gradient(flat, hidden[:-1].flatten(0, 1)),
            weight_gradient(flat[:, : 3 * units], gates[:-1].flatten(0, 1)),
        )
