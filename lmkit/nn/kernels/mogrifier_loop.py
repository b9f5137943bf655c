"""The loop of the Mogrifier LSTM, with a hand-written backward pass.

Derivatives that need no order in time are taken for all steps at once; the gradient of each weight
is one product over all steps at the end.
"""

from typing import Any, NamedTuple  # Any: autograd's context `ctx` is untyped

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lmkit.nn.kernels.products import by_columns, matmul_t, weight_gradient


class Round(NamedTuple):
    """The tensors of one gating round, for every step.

    Attributes:
        gating: The gating vector, shape (time, batch, its size).
        gated: The gated vector, before, shape (time, batch, its size).
        squeezed: `gating` through the first thin matrix, shape (time, batch, rank).
        gate: Sigmoid of `squeezed` through the second thin matrix, shape of `gated`.
        result: The gated vector after, the same shape.
    """

    gating: Tensor
    gated: Tensor
    squeezed: Tensor
    gate: Tensor
    result: Tensor

    def steps(self) -> list["Round"]:
        """Return each step by itself, its tensors without the time: indexing in a loop is slow."""
        return [Round(*step) for step in zip(*(tensor.unbind() for tensor in self), strict=True)]

    def run(self, squeeze: Tensor, spread: Tensor) -> None:
        """Compute the round for one step."""
        squeezed = torch.mm(self.gating, squeeze, out=self.squeezed)
        gate = torch.mm(squeezed, spread, out=self.gate).sigmoid_()
        torch.mul(gate, self.gated, out=self.result).mul_(2)


class MogrifierLoop(torch.autograd.Function):
    """An LSTM loop in which input and hidden state gate each other before each step.

    The rows of the weight belong to input gate, forget gate, output gate and candidate, in this
    order. Round 0 gates the input, round 1 the hidden state, and so on in turn.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        x: Tensor,
        hidden: Tensor,
        cell: Tensor,
        weight: Tensor,
        bias: Tensor,
        *thin: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return the hidden states and the last cell state.

        Args:
            ctx: Autograd's context.
            x: Inputs, shape (time, batch, input).
            hidden: Hidden state before, shape (batch, hidden).
            cell: Cell state before, shape (batch, hidden).
            weight: Of input and hidden state side by side, shape (4 hidden, input + hidden).
            bias: Shape (4 hidden,).
            *thin: Squeeze and spread of round 0, of round 1, and so on.
        """
        units, across = cell.shape[-1], by_columns(weight)
        all_hidden, cells = (
            torch.cat((before.unsqueeze(0), before.new_empty(len(x), *before.shape)))
            for before in (hidden, cell)
        )
        rounds, (last_x, last_hidden) = _rounds(x, all_hidden[:-1], thin)
        joined = x.new_empty(*x.shape[:2], x.shape[-1] + units)
        gates = x.new_empty(*x.shape[:2], 4 * units)
        tanh_c = torch.empty_like(cells[1:])
        turns = list(zip(*(kept.steps() for kept in rounds), strict=True)) or [()] * len(x)
        pairs = [
            (squeeze.T, spread.T) for squeeze, spread in zip(thin[::2], thin[1::2], strict=True)
        ]
        for t in range(len(x)):
            for step, (squeeze, spread) in zip(turns[t], pairs, strict=True):
                step.run(squeeze, spread)
            torch.cat((last_x[t], last_hidden[t]), dim=-1, out=joined[t])
            total = matmul_t(joined[t], across).add_(bias)
            torch.sigmoid(total[:, : 3 * units], out=gates[t, :, : 3 * units])
            torch.tanh(total[:, 3 * units :], out=gates[t, :, 3 * units :])
            input_gate, forget, output, candidate = gates[t].chunk(4, dim=-1)
            torch.mul(forget, cells[t], out=cells[t + 1]).addcmul_(input_gate, candidate)
            torch.tanh(cells[t + 1], out=tanh_c[t])
            torch.mul(output, tanh_c[t], out=all_hidden[t + 1])
        every = [tensor for kept in rounds for tensor in kept]
        ctx.save_for_backward(joined, gates, cells, tanh_c, weight, *thin, *every)
        ctx.thin = len(thin)
        return all_hidden[1:], cells[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, d_cell: Tensor) -> tuple[Tensor, ...]:  # noqa: ANN401
        """Return the gradients of all inputs of `forward`."""
        joined, gates, cells, tanh_c, weight, *rest = ctx.saved_tensors
        thin, every = rest[: ctx.thin], rest[ctx.thin :]
        back = [
            _RoundBack(Round(*every[5 * turn : 5 * turn + 5]), *thin[2 * turn : 2 * turn + 2])
            for turn in range(len(thin) // 2)
        ]
        grads, slope_cell, forget = _derivatives(gates, cells, tanh_c)
        size, d_hidden = joined.shape[-1] - cells.shape[-1], torch.zeros_like(cells[0])
        d_sums, d_x = torch.empty_like(grads), joined.new_empty(*joined.shape[:2], size)
        for t in reversed(range(len(gates))):
            d_hidden = d_hidden + grad[t]
            d_cell = torch.addcmul(d_cell, d_hidden, slope_cell[t])
            by_gate = torch.stack((d_cell, d_cell, d_hidden, d_cell), dim=1)
            torch.mul(by_gate, grads[t], out=d_sums[t])
            d_cell = d_cell * forget[t]
            both = matmul_t(d_sums[t].flatten(1), weight.T)
            pair = [both[:, :size], both[:, size:]]
            for turn in reversed(range(len(back))):
                pair = back[turn].step(pair, t, turn)
            d_x[t], d_hidden = pair
        flat = d_sums.flatten(0, 1).flatten(1)
        d_weight = weight_gradient(flat, joined.flatten(0, 1))
        d_thin = [gradient for of in back for gradient in of.weight_gradients()]
        return d_x, d_hidden, d_cell, d_weight, flat.sum(0), *d_thin


def _rounds(
    x: Tensor, hidden: Tensor, thin: tuple[Tensor, ...]
) -> tuple[list[Round], tuple[Tensor, Tensor]]:
    """Allocate all rounds, and return the tensors that the last pair is written to."""
    rounds, pair = [], [x, hidden]
    for turn, squeeze in enumerate(thin[::2]):
        gated, gating = pair[turn % 2], pair[1 - turn % 2]
        squeezed = x.new_empty(*x.shape[:2], len(squeeze))
        gate, result = torch.empty_like(gated), torch.empty_like(gated)
        rounds.append(Round(gating, gated, squeezed, gate, result))
        pair[turn % 2] = result
    return rounds, (pair[0], pair[1])


class _RoundBack:
    """The backward pass of one round."""

    def __init__(self, kept: Round, squeeze: Tensor, spread: Tensor) -> None:
        self._kept, self._squeeze, self._spread = kept, squeeze, spread
        self._gate = 2 * kept.gate
        self._slope = self._gate * (1 - kept.gate) * kept.gated
        self._d_squeezed = torch.empty_like(kept.squeezed)
        of_steps = (self._gate, self._slope, self._d_squeezed)
        self._steps = list(zip(*(tensor.unbind() for tensor in of_steps), strict=True))

    def step(self, pair: list[Tensor], t: int, turn: int) -> list[Tensor]:
        """Turn the gradients of the pair after the round into those before it."""
        gate, slope, room = self._steps[t]
        d_gated, d_gating = pair[turn % 2], pair[1 - turn % 2]
        d_squeezed = torch.mm(slope.mul_(d_gated), self._spread, out=room)
        before = [d_gated * gate, torch.addmm(d_gating, d_squeezed, self._squeeze)]
        return before if turn % 2 == 0 else before[::-1]

    def weight_gradients(self) -> tuple[Tensor, Tensor]:
        """Return the gradients of squeeze and spread, when every step has been taken."""
        d_squeezed, d_total = self._d_squeezed.flatten(0, 1), self._slope.flatten(0, 1)
        return (
            weight_gradient(d_squeezed, self._kept.gating.flatten(0, 1)),
            weight_gradient(d_total, self._kept.squeezed.flatten(0, 1)),
        )


def _derivatives(gates: Tensor, cells: Tensor, tanh_c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the derivatives of c and h with respect to the sums, of h by c, and the forget gates.

    Returns:
        Factors that turn the gradients of c, c, h and c into those of the four sums, shape (time,
        batch, 4, hidden); the derivative of h by c and the forget gate, (time, batch, hidden).
    """
    input_gate, forget, output, candidate = gates.chunk(4, dim=-1)
    grads = (
        candidate * input_gate * (1 - input_gate),
        cells[:-1] * forget * (1 - forget),
        tanh_c * output * (1 - output),
        input_gate * (1 - candidate.square()),
    )
    return torch.stack(grads, dim=2), output * (1 - tanh_c.square()), forget
