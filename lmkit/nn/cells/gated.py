"""Gated cells: one recurrent matrix product, and equations that work unit by unit.

A subclass writes `equations`; reading a sequence, the backward pass and the trace follow from it.
The variants of Greff et al. 2015 in `lmkit.nn.cells.variants` are such cells.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from typing_extensions import override

from lmkit.nn.cells.cell import Cell, Step
from lmkit.nn.kernels.products import linear
from lmkit.nn.kernels.unit_loop import UnitLoop
from lmkit.nn.state import LayerState

FORGET_BIAS = 1.0


@dataclass(frozen=True, slots=True)
class Update:
    """The values of a gated cell's equations, for one step or for many at once.

    Attributes:
        gates: Each gate and "candidate", shape (..., hidden).
        cell: The new cell state, shape (..., hidden).
        shown: Inputs of the next step's matrix product; the first one is the hidden state.
    """

    gates: Mapping[str, Tensor]
    cell: Tensor
    shown: tuple[Tensor, ...]


class GatedCell(Cell):
    """A cell with gates whose state is (h, c, ...).

    Attributes:
        shown_parts: Number of tensors of size `hidden` that enter the next step's matrix product.
        weight_input: Shape (blocks x hidden, input).
        weight_hidden: Shape (blocks x hidden, hidden).
        bias: Shape (blocks x hidden,).
    """

    blocks: ClassVar[tuple[str, ...]] = ("input", "forget", "output", "candidate")
    shown_parts: ClassVar[int] = 1
    recurrent: ClassVar[tuple[str, ...]] = ("weight_hidden",)
    gains_by_compiling: ClassVar[bool] = True

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        rows = len(self.blocks) * hidden_size
        self.weight_input = nn.Parameter(torch.empty(rows, input_size))
        self.weight_hidden = nn.Parameter(torch.empty(rows, hidden_size))
        self.bias = nn.Parameter(torch.empty(rows))
        self.initialise()

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        # With a forget bias of 1 an untrained cell keeps most of its state.
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
            sums: W x + R h + b of each block, shape (..., hidden) each.
            cell: The cell state before, shape (..., hidden).
            weights: Those of `unit_weights`, each broadcastable with the sums.
        """

    def unit_weights(self) -> tuple[Tensor, ...]:
        """Return weights that act on single units (peepholes), shape (hidden,) each."""
        return ()

    def shown_weight(self) -> Tensor:
        """Return the recurrent weights, shape (blocks x hidden, shown_parts x hidden)."""
        return self.weight_hidden

    @override
    def start(self, batch: int) -> LayerState:
        return tuple(
            self.bias.new_zeros(batch, self.hidden_size) for _ in range(1 + self.shown_parts)
        )

    @override
    def step(self, x: Tensor, state: LayerState) -> Step:
        hidden, cell, *others = state
        shown = torch.cat((hidden, *others), dim=-1)
        sums = x @ self.weight_input.T + shown @ self.shown_weight().T + self.bias
        update = self.equations(sums.chunk(len(self.blocks), dim=-1), cell, self.unit_weights())
        return Step(
            update.shown[0], (update.shown[0], update.cell, *update.shown[1:]), update.gates
        )

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        hidden, cell, *others = state
        sums = linear(x, self.weight_input, self.bias)
        shown, cell = run_unit_loop(
            self, sums, torch.cat((hidden, *others), dim=-1), cell, self.shown_weight()
        )
        hidden, *others = shown[-1].chunk(self.shown_parts, dim=-1)
        return shown[..., : self.hidden_size], (hidden, cell, *others)

    @override
    def trace(self, x: Tensor, state: LayerState) -> Step:
        hidden, cell, *others = state
        shown = torch.cat((hidden, *others), dim=-1)
        sums = linear(x, self.weight_input, self.bias)
        after, _ = run_unit_loop(self, sums, shown, cell, self.shown_weight())
        before = torch.cat((shown.unsqueeze(0), after[:-1]))
        return self._replay(sums + before @ self.shown_weight().T, cell)

    def _replay(self, sums: Tensor, cell: Tensor) -> Step:
        """Evaluate the equations over complete sums, shape (time, batch, blocks x hidden)."""
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
        gated: The cell.
        sums: W x + b of all steps, shape (time, batch, blocks x hidden).
        shown: Recurrent inputs of the first step, shape (batch, shown_parts x hidden).
        cell: The cell state before, shape (batch, hidden).
        weight: Recurrent weights, shape (blocks x hidden, shown_parts x hidden).

    Returns:
        Recurrent outputs of each step, shape (time, batch, shown_parts x hidden), and the last cell
        state.
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
