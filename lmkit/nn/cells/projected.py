"""An LSTM with a projected hidden state (Sak et al. 2014).

    input, forget, output = sigmoid(W x + R h + b)      (each with rows of its own)
    candidate = tanh(W_g x + R_g h + b_g)
    c         = forget * c + input * candidate
    h         = P (output * tanh(c))

c has `hidden` units, h and the output fewer: half as many by default.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.nn.cells.cell import CellOptions, Step
from lmkit.nn.cells.gated import GatedCell, Update, run_unit_loop
from lmkit.nn.kernels.products import linear
from lmkit.nn.state import LayerState


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedOptions(CellOptions):
    """Settings of the projected LSTM."""

    size: int = 0  # width of the hidden state; 0: half of the units

    def __post_init__(self) -> None:
        if self.size < 0:
            raise UsageError(f"the projected size must be 0 or more, got {self.size}")


DEFAULTS = ProjectedOptions()


class ProjectedCell(GatedCell):
    """An LSTM whose hidden state is narrower than its cell state.

    Attributes:
        weight_hidden: Shape (4 hidden, output).
        projection: P, shape (output, hidden).
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")
    options_type: ClassVar[type[CellOptions]] = ProjectedOptions

    def __init__(
        self, input_size: int, hidden_size: int, *, options: ProjectedOptions = DEFAULTS
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.output_size = options.size or (hidden_size + 1) // 2
        self.weight_hidden = nn.Parameter(torch.empty(4 * hidden_size, self.output_size))
        self.projection = nn.Parameter(torch.empty(self.output_size, hidden_size))
        self.initialise()

    @override
    def start(self, batch: int) -> LayerState:
        h = self.bias.new_zeros(batch, self.output_size)
        return h, self.bias.new_zeros(batch, self.hidden_size)

    @override
    def equations(
        self,
        sums: tuple[Tensor, ...],
        cell: Tensor,
        weights: tuple[Tensor, ...],
    ) -> Update:
        input_gate = sums[0].sigmoid()
        forget = sums[1].sigmoid()
        output = sums[2].sigmoid()
        candidate = sums[3].tanh()
        cell = forget * cell + input_gate * candidate
        gates = {"input": input_gate, "forget": forget, "output": output, "candidate": candidate}
        return Update(gates, cell, (output * cell.tanh(),))

    @override
    def step(self, x: Tensor, state: LayerState) -> Step:
        h, c = state
        sums = functional.linear(x, self.weight_input, self.bias)
        sums = sums + functional.linear(h, self.weight_hidden)
        update = self.equations(sums.chunk(4, dim=-1), c, ())
        h = functional.linear(update.shown[0], self.projection)
        return Step(h, (h, update.cell), update.gates)

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        # R and P become one matrix, so that the loop has one product a step.
        h, c = state
        sums = linear(x, self.weight_input, self.bias)
        first = sums[:1] + functional.linear(h, self.weight_hidden)
        sums = torch.cat((first, sums[1:]))
        nothing = c.new_zeros(len(h), self.hidden_size)  # the first step's h is in the sums
        shown, c = run_unit_loop(self, sums, nothing, c, self.weight_hidden @ self.projection)
        outputs = functional.linear(shown, self.projection)
        return outputs, (outputs[-1], c)

    @override
    def trace(self, x: Tensor, state: LayerState) -> Step:
        h, c = state
        outputs, _ = self.forward(x, state)
        before = torch.cat((h.unsqueeze(0), outputs[:-1]))
        sums = linear(x, self.weight_input, self.bias)
        steps = self._replay(sums + functional.linear(before, self.weight_hidden), c)
        return Step(outputs, (outputs, *steps.state[1:]), steps.gates)
