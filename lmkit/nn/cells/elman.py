"""The simple recurrent network (Elman 1990).

h = tanh(W x + R h + b)          (or max(0, .) in place of tanh)
"""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.nn.cells.cell import ExposedStateCell, Step
from lmkit.nn.kernels.fused import fused_settings, fused_weights
from lmkit.nn.state import LayerState


class ElmanCell(ExposedStateCell):
    """A simple recurrent network: no gates, the whole state is rewritten at every step.

    Attributes:
        weight_input: Shape (hidden, input).
        weight_hidden: Shape (hidden, hidden).
        bias: Shape (hidden,).
    """

    recurrent: ClassVar[tuple[str, ...]] = ("weight_hidden",)

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_input = nn.Parameter(torch.empty(hidden_size, input_size))
        self.weight_hidden = nn.Parameter(torch.empty(hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(hidden_size))
        self.initialise()

    @override
    def start(self, batch: int) -> LayerState:
        return (self.bias.new_zeros(batch, self.hidden_size),)

    def activation(self, total: Tensor) -> Tensor:
        """Apply the activation function."""
        return total.tanh()

    @override
    def step(self, x: Tensor, state: LayerState) -> Step:
        (h,) = state
        h = self.activation(
            functional.linear(x, self.weight_input, self.bias)
            + functional.linear(h, self.weight_hidden)
        )
        return Step(h, (h,), {"candidate": h})

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        outputs, h = torch.rnn_tanh(x, *_fused_arguments(self, x, state))
        return outputs, (h[0],)


class ElmanReLUCell(ElmanCell):
    """An Elman cell with max(0, x) in place of tanh; its state can explode."""

    @override
    def activation(self, total: Tensor) -> Tensor:
        return total.relu()

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        outputs, h = torch.rnn_relu(x, *_fused_arguments(self, x, state))
        return outputs, (h[0],)


def _fused_arguments(
    cell: ElmanCell, x: Tensor, state: LayerState
) -> tuple[Tensor, list[Tensor], bool, int, float, bool, bool, bool]:
    """Return the state, the weights and the settings of the kernel."""
    weights = [cell.weight_input, cell.weight_hidden, cell.bias, torch.zeros_like(cell.bias)]
    settings = fused_settings(x, is_training=cell.training)
    return state[0].unsqueeze(0), fused_weights(weights), *settings
