"""The gated recurrent unit (Cho et al. 2014), with the reset gate inside as in `torch.nn.GRU`.

reset     = sigmoid(W_r x + R_r h + b_r)
update    = sigmoid(W_u x + R_u h + b_u)
candidate = tanh(W_n x + b_n + reset * (R_n h + d_n))
h         = update * h + (1 - update) * candidate
"""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.nn.cells.cell import ExposedStateCell, Step
from lmkit.nn.kernels.fused import fused_settings, fused_weights
from lmkit.nn.state import LayerState


class GRUCell(ExposedStateCell):
    """A gated recurrent unit: a reset and an update gate.

    Attributes:
        weight_input: Shape (3 hidden, input).
        weight_hidden: Shape (3 hidden, hidden).
        bias: Shape (3 hidden,).
        bias_candidate: Shape (hidden,): d_n, inside the reset gate.
    """

    gates: ClassVar[tuple[str, ...]] = ("reset", "update")
    blocks: ClassVar[tuple[str, ...]] = ("reset", "update", "candidate")
    keeps: ClassVar[tuple[str, int]] = ("update", 1)
    recurrent: ClassVar[tuple[str, ...]] = ("weight_hidden",)

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_input = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.weight_hidden = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(3 * hidden_size))
        self.bias_candidate = nn.Parameter(torch.empty(hidden_size))
        self.initialise()

    @override
    def start(self, batch: int) -> LayerState:
        return (self.bias.new_zeros(batch, self.hidden_size),)

    @override
    def step(self, x: Tensor, state: LayerState) -> Step:
        (h,) = state
        read = functional.linear(x, self.weight_input, self.bias)
        remembered = functional.linear(h, self.weight_hidden)
        read_r, read_u, read_n = read.chunk(3, dim=-1)
        old_r, old_u, old_n = remembered.chunk(3, dim=-1)
        reset = (read_r + old_r).sigmoid()
        update = (read_u + old_u).sigmoid()
        candidate = (read_n + reset * (old_n + self.bias_candidate)).tanh()
        h = update * h + (1 - update) * candidate
        return Step(h, (h,), {"reset": reset, "update": update, "candidate": candidate})

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        inside = functional.pad(self.bias_candidate, (2 * self.hidden_size, 0))
        weights = [self.weight_input, self.weight_hidden, self.bias, inside]
        settings = fused_settings(x, is_training=self.training)
        outputs, h = torch.gru(x, state[0].unsqueeze(0), fused_weights(weights), *settings)
        return outputs, (h[0],)
