"""An LSTM whose gates look at the cell state (peepholes).

    input     = sigmoid(W_i x + R_i h + p_i * c + b_i)
    forget    = sigmoid(W_f x + R_f h + p_f * c + b_f)
    candidate = tanh(W_g x + R_g h + b_g)
    c         = forget * c + input * candidate
    output    = sigmoid(W_o x + R_o h + p_o * c + b_o)      (the new c)
    h         = output * tanh(c)

After Gers and Schmidhuber 2000; the "vanilla" LSTM of Greff et al. 2015.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from lmkit.nn.cells.gated import GatedCell, Update


class PeepholesCell(GatedCell):
    """An LSTM whose gates look at the cell state.

    Attributes:
        peepholes: Shape (3, hidden): of the input, the forget and the output gate.
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.peepholes = nn.Parameter(torch.empty(3, hidden_size))
        self.initialise()

    def unit_weights(self) -> tuple[Tensor, ...]:
        """Return the peepholes of the three gates."""
        return self.peepholes.unbind()

    def equations(
        self, sums: tuple[Tensor, ...], cell: Tensor, weights: tuple[Tensor, ...]
    ) -> Update:
        """Follow the equations above."""
        peep_input, peep_forget, peep_output = weights
        input_gate = torch.addcmul(sums[0], peep_input, cell).sigmoid()
        forget = torch.addcmul(sums[1], peep_forget, cell).sigmoid()
        candidate = sums[3].tanh()
        cell = forget * cell + input_gate * candidate
        output = torch.addcmul(sums[2], peep_output, cell).sigmoid()
        gates = {"input": input_gate, "forget": forget, "output": output, "candidate": candidate}
        return Update(gates, cell, (output * cell.tanh(),))
