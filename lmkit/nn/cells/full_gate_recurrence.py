"""An LSTM whose gates also hear what all gates said a step before (FGR).

    gate      = sigmoid(W x + R h + R_i input' + R_f forget' + R_o output' + b)     (each of three)
    candidate = tanh(W_g x + R_g h + b_g)
    c         = forget * c + input * candidate
    h         = output * tanh(c)

input', forget' and output' are the gates of the step before. After Greff et al. 2015 (and the
first LSTM of 1997), on an LSTM without peepholes. The candidate does not hear the gates.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from lmkit.nn.cells.gated import GatedCell, Update
from lmkit.nn.kernels.gate_loop import GateLoop
from lmkit.nn.kernels.products import linear
from lmkit.nn.state import LayerState


class FullGateRecurrenceCell(GatedCell):
    """An LSTM whose gates also hear what all gates said a step before; state (h, c, i, f, o).

    Attributes:
        weight_gates: Shape (3 x hidden, 3 x hidden): from the gates before to the gates.
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")
    shown_parts: ClassVar[int] = 4
    recurrent: ClassVar[tuple[str, ...]] = ("weight_hidden", "weight_gates")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_gates = nn.Parameter(torch.empty(3 * hidden_size, 3 * hidden_size))
        self.initialise()

    def shown_weight(self) -> Tensor:
        """Return the weights of h and of the gates; the candidate's rows for gates are zero."""
        gates = functional.pad(self.weight_gates, (0, 0, 0, self.hidden_size))
        return torch.cat((self.weight_hidden, gates), dim=1)

    def equations(
        self,
        sums: tuple[Tensor, ...],
        cell: Tensor,
        weights: tuple[Tensor, ...],  # noqa: ARG002
    ) -> Update:
        """Follow the equations above."""
        input_gate = sums[0].sigmoid()
        forget = sums[1].sigmoid()
        output = sums[2].sigmoid()
        candidate = sums[3].tanh()
        cell = forget * cell + input_gate * candidate
        gates = {"input": input_gate, "forget": forget, "output": output, "candidate": candidate}
        return Update(gates, cell, (output * cell.tanh(), input_gate, forget, output))

    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Read a sequence: one product for all inputs, then a loop written for these equations."""
        hidden, cell, *gates = state
        sums = linear(x, self.weight_input, self.bias)
        outputs, last, cell = GateLoop.apply(  # type: ignore[no-untyped-call]
            sums, hidden, torch.cat(gates, dim=-1), cell, self.weight_hidden, self.weight_gates
        )
        return outputs, (outputs[-1], cell, *last.chunk(3, dim=-1))
