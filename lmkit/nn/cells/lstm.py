"""Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000)."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.nn.cells.cell import Cell, Step
from lmkit.nn.kernels.fused import fused_settings, fused_weights
from lmkit.nn.precision import MixedPrecision
from lmkit.nn.state import LayerState

FORGET_BIAS = 1.0  # an untrained cell keeps most of its state


class LSTMCell(Cell, MixedPrecision):
    """A long short-term memory layer with input, forget and output gate.

    The rows of each parameter belong to the input gate, the forget gate, the candidate and the
    output gate, in this order, `hidden` rows each: the order of `torch.nn.LSTM`.

    Attributes:
        weight_input: Shape (4 hidden, input).
        weight_hidden: Shape (4 hidden, hidden).
        bias_input: Shape (4 hidden,).
        bias_hidden: Shape (4 hidden,); added to `bias_input`, as the fused kernel wants two.
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")
    blocks: ClassVar[tuple[str, ...]] = ("input", "forget", "candidate", "output")
    recurrent: ClassVar[tuple[str, ...]] = ("weight_hidden",)

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_input = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hidden = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias_input = nn.Parameter(torch.empty(4 * hidden_size))
        self.bias_hidden = nn.Parameter(torch.empty(4 * hidden_size))
        self.initialise()

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        super().initialise(generator)
        with torch.no_grad():
            self.bias_input[self.hidden_size : 2 * self.hidden_size] = FORGET_BIAS

    @override
    def start(self, batch: int) -> LayerState:
        empty = self.weight_hidden.new_zeros(batch, self.hidden_size)
        return empty, empty.clone()

    @override
    def step(self, x: Tensor, state: LayerState) -> Step:
        h, c = state
        read = functional.linear(x, self.weight_input, self.bias_input)
        remembered = functional.linear(h, self.weight_hidden, self.bias_hidden)
        i, f, g, o = (read + remembered).chunk(4, dim=-1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c = f * c + i * g
        h = o * torch.tanh(c)
        return Step(h, (h, c), {"input": i, "forget": f, "output": o, "candidate": g})

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        return self.forward_with(x, state, {})

    @override
    def forward_with(
        self, x: Tensor, state: LayerState, weights: Mapping[str, Tensor]
    ) -> tuple[Tensor, LayerState]:
        # in training all of it is in the format `product_dtype`; the state stays in its own
        kept_dtype = state[1].dtype
        x, h, c = (self.for_product(tensor) for tensor in (x, *state))
        names = ("weight_input", "weight_hidden", "bias_input", "bias_hidden")
        flat = [
            self.for_product(weights[name] if name in weights else getattr(self, name))
            for name in names
        ]
        state = (h.unsqueeze(0), c.unsqueeze(0))
        settings = fused_settings(x, is_training=self.training)
        outputs, h, c = torch.lstm(x, state, fused_weights(flat), *settings)
        return outputs, (h.squeeze(0).to(kept_dtype), c.squeeze(0).to(kept_dtype))

    @override
    def trace(self, x: Tensor, state: LayerState) -> Step:
        h, c = state
        outputs, _ = self.forward(x, state)
        before = torch.cat((h.unsqueeze(0), outputs[:-1]))
        read = functional.linear(x, self.weight_input, self.bias_input)
        remembered = functional.linear(before, self.weight_hidden, self.bias_hidden)
        i, f, g, o = (read + remembered).chunk(4, dim=-1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        cells = []
        for keep, new in zip(f, i * g, strict=True):
            c = keep * c + new
            cells.append(c)
        gates = {"input": i, "forget": f, "output": o, "candidate": g}
        return Step(outputs, (outputs, torch.stack(cells)), gates)
