"""Gated cells whose recurrence is one matrix product and otherwise works unit by unit.

A subclass writes `equations`; reading a sequence, the backward pass and the trace follow from it.
That holds for the LSTM and the eight variants of Greff et al. 2015 ("LSTM: A Search Space
Odyssey"), each in a file of its own here.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from lmkit.nn.cells.cell import Cell, Step
from lmkit.nn.kernels.products import linear
from lmkit.nn.kernels.unit_loop import UnitLoop
from lmkit.nn.state import LayerState

FORGET_BIAS = 1.0


@dataclass(frozen=True, slots=True)
class Update:
    """What the equations of a gated cell give for one step, or for many at once.

    Attributes:
        gates: Each gate and "candidate", shape (..., hidden).
        cell: The new cell state, shape (..., hidden).
        shown: What the next step multiplies by its weights; the first one is the hidden state.
    """

    gates: Mapping[str, Tensor]
    cell: Tensor
    shown: tuple[Tensor, ...]


class GatedCell(Cell):
    """A cell with gates; its state is (h, c), and whatever else it shows the next step.

    Attributes:
        blocks: What the rows of the weights stand for, in order, `hidden` rows each.
        shown_parts: How many tensors of size `hidden` the next step multiplies by its weights.
        weight_input: Shape (blocks x hidden, input).
        weight_hidden: Shape (blocks x hidden, hidden).
        bias: Shape (blocks x hidden,).
    """

    blocks: ClassVar[tuple[str, ...]] = ("input", "forget", "output", "candidate")
    shown_parts: ClassVar[int] = 1
    recurrent: ClassVar[tuple[str, ...]] = ("weight_hidden",)

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        rows = len(self.blocks) * hidden_size
        self.weight_input = nn.Parameter(torch.empty(rows, input_size))
        self.weight_hidden = nn.Parameter(torch.empty(rows, hidden_size))
        self.bias = nn.Parameter(torch.empty(rows))
        self.initialise()

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw every parameter anew, with a forget bias of 1: an untrained cell remembers."""
        super().initialise(generator)
        if "forget" in self.blocks:
            start = self.blocks.index("forget") * self.hidden_size
            with torch.no_grad():
                self.bias[start : start + self.hidden_size] = FORGET_BIAS

    @abstractmethod
    def equations(
        self, sums: tuple[Tensor, ...], cell: Tensor, weights: tuple[Tensor, ...]
    ) -> Update:
        """Return gates, cell state and hidden state, unit by unit.

        Args:
            sums: What each block receives, W x + R h + b, shape (..., hidden) each.
            cell: The cell state before, shape (..., hidden).
            weights: What `unit_weights` gives, each fit to be multiplied with the others.
        """

    def unit_weights(self) -> tuple[Tensor, ...]:
        """Return weights that act on single units (peepholes), shape (hidden,) each."""
        return ()

    def shown_weight(self) -> Tensor:
        """Return the weights of what was shown, shape (blocks x hidden, shown x hidden)."""
        return self.weight_hidden

    def start(self, batch: int) -> LayerState:
        """Return zeros: (h, c) and what else is shown."""
        return tuple(
            self.bias.new_zeros(batch, self.hidden_size) for _ in range(1 + self.shown_parts)
        )

    def step(self, x: Tensor, state: LayerState) -> Step:
        """Read one input: the sums of every block, then the equations."""
        hidden, cell, *others = state
        shown = torch.cat((hidden, *others), dim=-1)
        sums = x @ self.weight_input.T + shown @ self.shown_weight().T + self.bias
        update = self.equations(sums.chunk(len(self.blocks), dim=-1), cell, self.unit_weights())
        return Step(
            update.shown[0], (update.shown[0], update.cell, *update.shown[1:]), update.gates
        )

    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Read a sequence: one product for all inputs, then a lean loop."""
        hidden, cell, *others = state
        sums = linear(x, self.weight_input, self.bias)
        shown, cell = run_unit_loop(
            self, sums, torch.cat((hidden, *others), dim=-1), cell, self.shown_weight()
        )
        hidden, *others = shown[-1].chunk(self.shown_parts, dim=-1)
        return shown[..., : self.hidden_size], (hidden, cell, *others)

    def trace(self, x: Tensor, state: LayerState) -> Step:
        """Read a sequence with all gates: a lean pass, one product, and a loop unit by unit."""
        hidden, cell, *others = state
        shown = torch.cat((hidden, *others), dim=-1)
        sums = linear(x, self.weight_input, self.bias)
        after, _ = run_unit_loop(self, sums, shown, cell, self.shown_weight())
        before = torch.cat((shown.unsqueeze(0), after[:-1]))
        return self._replay(sums + before @ self.shown_weight().T, cell)

    def _replay(self, sums: Tensor, cell: Tensor) -> Step:
        """Follow the equations over sums already complete, shape (time, batch, blocks x hidden)."""
        updates = []
        for sums_t in sums:
            updates.append(
                self.equations(sums_t.chunk(len(self.blocks), dim=-1), cell, self.unit_weights())
            )
            cell = updates[-1].cell
        shown = tuple(torch.stack(p) for p in zip(*(u.shown for u in updates), strict=True))
        gates = {name: torch.stack([u.gates[name] for u in updates]) for name in updates[0].gates}
        cells = torch.stack([update.cell for update in updates])
        return Step(shown[0], (shown[0], cells, *shown[1:]), gates)


def run_unit_loop(
    gated: GatedCell, sums: Tensor, shown: Tensor, cell: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor]:
    """Run a gated cell over sums already made from the inputs.

    Args:
        gated: Whose equations to follow.
        sums: W x + b of all steps, shape (time, batch, blocks x hidden).
        shown: What the step before showed, shape (batch, shown x hidden).
        cell: The cell state before, shape (batch, hidden).
        weight: Recurrent weights, shape (blocks x hidden, shown x hidden).

    Returns:
        What each step showed, shape (time, batch, shown x hidden), and the last cell state.
    """

    def equations(
        sums: Tensor, cell: Tensor, weights: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        update = gated.equations(sums.chunk(len(gated.blocks), dim=-1), cell, weights)
        return update.cell, update.shown

    result: tuple[Tensor, Tensor] = UnitLoop.apply(  # type: ignore[no-untyped-call]
        equations, sums, shown, cell, weight, *gated.unit_weights()
    )
    return result
