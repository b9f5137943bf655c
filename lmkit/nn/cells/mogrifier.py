"""The Mogrifier LSTM (Melis, Kočiský and Blunsom 2020): input and state gate each other first.

    x = 2 sigmoid(Q_1 h) * x        h = 2 sigmoid(R_2 x) * h        x = 2 sigmoid(Q_3 h) * x   ...
    then an LSTM step over the x and h so made.

Each Q and R is a product of two thin matrices, of rank a quarter of the units, as the paper does.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.nn.cells.cell import Cell, CellOptions, Step
from lmkit.nn.cells.gated import FORGET_BIAS
from lmkit.nn.kernels.mogrifier_loop import MogrifierLoop
from lmkit.nn.state import LayerState


@dataclass(frozen=True, slots=True, kw_only=True)
class MogrifierOptions(CellOptions):
    """Settings of the Mogrifier LSTM."""

    rounds: int = 4  # of gating before each step; the paper gained little from more

    def __post_init__(self) -> None:
        if self.rounds < 0:
            raise UsageError(f"mogrifier rounds must be 0 or more, got {self.rounds}")


DEFAULTS = MogrifierOptions()


class MogrifierCell(Cell):
    """An LSTM before which input and hidden state gate each other, in turn.

    Attributes:
        weight_input: Shape (4 hidden, input).
        weight_hidden: Shape (4 hidden, hidden).
        bias: Shape (4 hidden,).
        squeeze: One matrix a round, shape (rank, size of the gating vector).
        spread: One matrix a round, shape (size of the gated vector, rank).
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")
    blocks: ClassVar[tuple[str, ...]] = ("input", "forget", "output", "candidate")
    recurrent: ClassVar[tuple[str, ...]] = ("weight_hidden",)
    gains_by_compiling: ClassVar[bool] = True
    options_type: ClassVar[type[CellOptions]] = MogrifierOptions

    def __init__(
        self, input_size: int, hidden_size: int, *, options: MogrifierOptions = DEFAULTS
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_input = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hidden = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(4 * hidden_size))
        rank = max(1, hidden_size // 4)
        sizes = [(hidden_size, input_size), (input_size, hidden_size)]
        turns = [sizes[turn % 2] for turn in range(options.rounds)]
        self.squeeze = nn.ParameterList(torch.empty(rank, of) for of, _ in turns)
        self.spread = nn.ParameterList(torch.empty(to, rank) for _, to in turns)
        self.initialise()

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        super().initialise(generator)
        with torch.no_grad():
            self.bias[self.hidden_size : 2 * self.hidden_size] = FORGET_BIAS

    @override
    def start(self, batch: int) -> LayerState:
        empty = self.bias.new_zeros(batch, self.hidden_size)
        return empty, empty.clone()

    @override
    def step(self, x: Tensor, state: LayerState) -> Step:
        h, c = state
        i, f, o, g, h, c = _lstm(self._sums(x, h), c)
        return Step(h, (h, c), {"input": i, "forget": f, "output": o, "candidate": g})

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        h, c = state
        weight = torch.cat((self.weight_input, self.weight_hidden), dim=1)
        thin = [m for pair in zip(self.squeeze, self.spread, strict=True) for m in pair]
        outputs, c = MogrifierLoop.apply(x, h, c, weight, self.bias, *thin)  # type: ignore[no-untyped-call]
        return outputs, (outputs[-1], c)

    @override
    def trace(self, x: Tensor, state: LayerState) -> Step:
        h, c = state
        outputs, _ = self.forward(x, state)
        rows = []
        for sums in self._sums(x, torch.cat((h.unsqueeze(0), outputs[:-1]))):
            rows.append(_lstm(sums, c))
            c = rows[-1][-1]
        i, f, o, g, _, cells = (torch.stack(parts) for parts in zip(*rows, strict=True))
        gates = {"input": i, "forget": f, "output": o, "candidate": g}
        return Step(outputs, (outputs, cells), gates)

    def _sums(self, x: Tensor, h: Tensor) -> Tensor:
        """Gate input and hidden state by each other, and return the sums of the LSTM's blocks."""
        for turn, (squeeze, spread) in enumerate(zip(self.squeeze, self.spread, strict=True)):
            if turn % 2 == 0:
                x = 2 * (h @ squeeze.T @ spread.T).sigmoid() * x
            else:
                h = 2 * (x @ squeeze.T @ spread.T).sigmoid() * h
        return functional.linear(x, self.weight_input, self.bias) + h @ self.weight_hidden.T


def _lstm(sums: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    units = c.shape[-1]
    i, f, o = sums[:, : 3 * units].sigmoid().chunk(3, dim=-1)
    g = sums[:, 3 * units :].tanh()
    c = f * c + i * g
    return i, f, o, g, o * c.tanh(), c
