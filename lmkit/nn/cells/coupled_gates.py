"""An LSTM that forgets exactly as much as it takes in (CIFG).

    input     = sigmoid(W_i x + R_i h + b_i)
    output    = sigmoid(W_o x + R_o h + b_o)
    candidate = tanh(W_g x + R_g h + b_g)
    forget    = 1 - input
    c         = forget * c + input * candidate
    h         = output * tanh(c)

After Greff et al. 2015, on an LSTM without peepholes.
"""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from lmkit.nn.cells.gated import FORGET_BIAS, GatedCell, Update


class CoupledGatesCell(GatedCell):
    """An LSTM that forgets exactly as much as it takes in (CIFG)."""

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")
    blocks: ClassVar[tuple[str, ...]] = ("input", "output", "candidate")
    complements: ClassVar[Mapping[str, str]] = {"forget": "input"}
    keeps: ClassVar[tuple[str, int]] = ("input", -1)

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw every parameter anew, with an input bias of -1: an untrained cell remembers."""
        super().initialise(generator)
        with torch.no_grad():
            self.bias[: self.hidden_size] = -FORGET_BIAS

    def equations(
        self,
        sums: tuple[Tensor, ...],
        cell: Tensor,
        weights: tuple[Tensor, ...],  # noqa: ARG002
    ) -> Update:
        """Follow the equations above."""
        input_gate = sums[0].sigmoid()
        output = sums[1].sigmoid()
        candidate = sums[2].tanh()
        forget = 1 - input_gate
        cell = forget * cell + input_gate * candidate
        gates = {"input": input_gate, "forget": forget, "output": output, "candidate": candidate}
        return Update(gates, cell, (output * cell.tanh(),))
