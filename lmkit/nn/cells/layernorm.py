"""An LSTM with layer normalisation (Ba, Kiros and Hinton 2016).

    sums      = N(W x; s) + N(R h; r) + b         N(z; s) = s * (z - mean) / deviation
    input, forget, output = sigmoid(sums), candidate = tanh(sums)      (rows of their own)
    c         = forget * c + input * candidate
    h         = output * tanh(N(c; n) + m)

Mean and deviation are taken over all rows of a product, and over all units of c.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.nn.cells.cell import Cell, Step
from lmkit.nn.cells.gated import FORGET_BIAS
from lmkit.nn.kernels.time_product import TimeProduct
from lmkit.nn.state import LayerState


class LayerNormCell(Cell):
    """An LSTM whose sums and cell state are layer-normalised.

    Attributes:
        weight_input: Shape (4 hidden, input).
        weight_hidden: Shape (4 hidden, hidden).
        bias: Shape (4 hidden,).
        scale_input: s, shape (4 hidden,).
        scale_hidden: r, shape (4 hidden,).
        scale_cell: n, shape (hidden,).
        bias_cell: m, shape (hidden,).
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")
    blocks: ClassVar[tuple[str, ...]] = ("input", "forget", "output", "candidate")
    recurrent: ClassVar[tuple[str, ...]] = ("weight_hidden",)

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        rows = 4 * hidden_size
        self.weight_input = nn.Parameter(torch.empty(rows, input_size))
        self.weight_hidden = nn.Parameter(torch.empty(rows, hidden_size))
        self.bias = nn.Parameter(torch.empty(rows))
        self.scale_input = nn.Parameter(torch.empty(rows))
        self.scale_hidden = nn.Parameter(torch.empty(rows))
        self.scale_cell = nn.Parameter(torch.empty(hidden_size))
        self.bias_cell = nn.Parameter(torch.empty(hidden_size))
        self.initialise()

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        super().initialise(generator)
        for scale in (self.scale_input, self.scale_hidden, self.scale_cell):
            nn.init.ones_(scale)
        with torch.no_grad():
            self.bias[self.hidden_size : 2 * self.hidden_size] = FORGET_BIAS

    @override
    def start(self, batch: int) -> LayerState:
        empty = self.bias.new_zeros(batch, self.hidden_size)
        return empty, empty.clone()

    @override
    def step(self, x: Tensor, state: LayerState) -> Step:
        h, c = state
        product = functional.linear(h, self.weight_hidden)
        i, f, o, g, h, c = self._advance(self._read(x), product, c)
        return Step(h, (h, c), {"input": i, "forget": f, "output": o, "candidate": g})

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        h, c = state
        recur = TimeProduct(self.weight_hidden)
        outputs = []
        for read in self._read(x).unbind():
            *_, h, c = self._advance(read, recur(h), c)
            outputs.append(h)
        return torch.stack(outputs), (h, c)

    @override
    def trace(self, x: Tensor, state: LayerState) -> Step:
        h, c = state
        outputs, _ = self.forward(x, state)
        before = torch.cat((h.unsqueeze(0), outputs[:-1]))
        products = functional.linear(before, self.weight_hidden)
        rows = []
        for read, product in zip(self._read(x), products, strict=True):
            rows.append(self._advance(read, product, c))
            c = rows[-1][-1]
        i, f, o, g, _, cells = (torch.stack(parts) for parts in zip(*rows, strict=True))
        gates = {"input": i, "forget": f, "output": o, "candidate": g}
        return Step(outputs, (outputs, cells), gates)

    def _read(self, x: Tensor) -> Tensor:
        product = functional.linear(x, self.weight_input)
        return functional.layer_norm(product, product.shape[-1:], self.scale_input, self.bias)

    def _advance(self, read: Tensor, product: Tensor, c: Tensor) -> tuple[Tensor, ...]:
        sums = read + functional.layer_norm(product, product.shape[-1:], self.scale_hidden)
        i, f, o = sums[:, : 3 * self.hidden_size].sigmoid().chunk(3, dim=-1)
        g = sums[:, 3 * self.hidden_size :].tanh()
        c = f * c + i * g
        level = functional.layer_norm(c, c.shape[-1:], self.scale_cell, self.bias_cell)
        h = o * level.tanh()
        return i, f, o, g, h, c
