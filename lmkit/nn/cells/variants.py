"""The eight variants of the LSTM that Greff et al. compare, side by side.

Klaus Greff et al. 2015, "LSTM: A Search Space Odyssey", here on an LSTM without peepholes (their
vanilla LSTM is the row "peepholes"). The LSTM itself, with s for the logistic sigmoid:

    i = s(W_i x + R_i h + b_i)      f = s(W_f x + R_f h + b_f)      o = s(W_o x + R_o h + b_o)
    g = tanh(W_g x + R_g h + b_g)   c = f * c + i * g               h = o * tanh(c)

and the equations that each variant changes:

    name        variant                    changed equations
    nig         no input gate              i = 1
    nfg         no forget gate             f = 1                             (the cell of 1997)
    nog         no output gate             o = 1
    niaf        no input activation        g = W_g x + R_g h + b_g
    noaf        no output activation       h = o * c
    cifg        coupled gates              f = 1 - i
    peepholes   peepholes                  i = s(... + p_i * c)   f = s(... + p_f * c)
                                           o = s(... + p_o * c), with the new c
    fgr         full gate recurrence       i, f, o = s(... + R (i', f', o')), the gates of the
                                           step before (as in the first LSTM of 1997)

Each class writes its equations; reading a sequence, the backward pass and the trace follow from
them in `lmkit.nn.cells.gated`.
"""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.nn.cells.gated import FORGET_BIAS, GatedCell, Update
from lmkit.nn.kernels.gate_loop import GateLoop
from lmkit.nn.kernels.products import linear
from lmkit.nn.state import LayerState

Sums = tuple[Tensor, ...]  # W x + R h + b of each block, shape (..., hidden) each


class NoInputGateCell(GatedCell):
    """An LSTM whose input gate is always open (NIG)."""

    gates: ClassVar[tuple[str, ...]] = ("forget", "output")
    blocks: ClassVar[tuple[str, ...]] = ("forget", "output", "candidate")

    @override
    def equations(self, sums: Sums, cell: Tensor, weights: Sums) -> Update:
        f, o, g = sums[0].sigmoid(), sums[1].sigmoid(), sums[2].tanh()
        cell = f * cell + g
        return Update({"forget": f, "output": o, "candidate": g}, cell, (o * cell.tanh(),))


class NoForgetGateCell(GatedCell):
    """An LSTM that forgets nothing (NFG): the cell of 1997."""

    gates: ClassVar[tuple[str, ...]] = ("input", "output")
    blocks: ClassVar[tuple[str, ...]] = ("input", "output", "candidate")

    @override
    def equations(self, sums: Sums, cell: Tensor, weights: Sums) -> Update:
        i, o, g = sums[0].sigmoid(), sums[1].sigmoid(), sums[2].tanh()
        cell = cell + i * g
        return Update({"input": i, "output": o, "candidate": g}, cell, (o * cell.tanh(),))


class NoOutputGateCell(GatedCell):
    """An LSTM whose output gate is always open (NOG)."""

    gates: ClassVar[tuple[str, ...]] = ("input", "forget")
    blocks: ClassVar[tuple[str, ...]] = ("input", "forget", "candidate")

    @override
    def equations(self, sums: Sums, cell: Tensor, weights: Sums) -> Update:
        i, f, g = sums[0].sigmoid(), sums[1].sigmoid(), sums[2].tanh()
        cell = f * cell + i * g
        return Update({"input": i, "forget": f, "candidate": g}, cell, (cell.tanh(),))


class NoInputActivationCell(GatedCell):
    """An LSTM whose candidate is linear (NIAF)."""

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")

    @override
    def equations(self, sums: Sums, cell: Tensor, weights: Sums) -> Update:
        i, f, o, g = sums[0].sigmoid(), sums[1].sigmoid(), sums[2].sigmoid(), sums[3]
        cell = f * cell + i * g
        return Update(_named(i, f, o, g), cell, (o * cell.tanh(),))


class NoOutputActivationCell(GatedCell):
    """An LSTM whose hidden state is the gated cell state itself, without tanh (NOAF)."""

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")

    @override
    def equations(self, sums: Sums, cell: Tensor, weights: Sums) -> Update:
        i, f, o, g = sums[0].sigmoid(), sums[1].sigmoid(), sums[2].sigmoid(), sums[3].tanh()
        cell = f * cell + i * g
        return Update(_named(i, f, o, g), cell, (o * cell,))


class CoupledGatesCell(GatedCell):
    """An LSTM whose forget gate is one minus its input gate (CIFG)."""

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")
    blocks: ClassVar[tuple[str, ...]] = ("input", "output", "candidate")
    complements: ClassVar[Mapping[str, str]] = {"forget": "input"}
    keeps: ClassVar[tuple[str, int]] = ("input", -1)

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        super().initialise(generator)
        with torch.no_grad():  # the forget bias of the other cells, seen from the input gate
            self.bias[: self.hidden_size] = -FORGET_BIAS

    @override
    def equations(self, sums: Sums, cell: Tensor, weights: Sums) -> Update:
        i, o, g = sums[0].sigmoid(), sums[1].sigmoid(), sums[2].tanh()
        f = 1 - i
        cell = f * cell + i * g
        return Update(_named(i, f, o, g), cell, (o * cell.tanh(),))


class PeepholesCell(GatedCell):
    """An LSTM whose gates see the cell state (Gers and Schmidhuber 2000).

    Attributes:
        peepholes: Shape (3, hidden): of the input, the forget and the output gate.
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.peepholes = nn.Parameter(torch.empty(3, hidden_size))
        self.initialise()

    @override
    def unit_weights(self) -> tuple[Tensor, ...]:
        return self.peepholes.unbind()

    @override
    def equations(self, sums: Sums, cell: Tensor, weights: Sums) -> Update:
        p_i, p_f, p_o = weights
        i = torch.addcmul(sums[0], p_i, cell).sigmoid()
        f = torch.addcmul(sums[1], p_f, cell).sigmoid()
        g = sums[3].tanh()
        cell = f * cell + i * g
        o = torch.addcmul(sums[2], p_o, cell).sigmoid()
        return Update(_named(i, f, o, g), cell, (o * cell.tanh(),))


class FullGateRecurrenceCell(GatedCell):
    """An LSTM whose gates read all gates of the step before (FGR); its state is (h, c, i, f, o).

    Attributes:
        weight_gates: Shape (3 x hidden, 3 x hidden): from the gates before to the gates.
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")
    shown_parts: ClassVar[int] = 4
    recurrent: ClassVar[tuple[str, ...]] = ("weight_hidden", "weight_gates")
    gains_by_compiling: ClassVar[bool] = False

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_gates = nn.Parameter(torch.empty(3 * hidden_size, 3 * hidden_size))
        self.initialise()

    @override
    def shown_weight(self) -> Tensor:
        # The candidate does not read the gates: its rows are zero.
        gates = functional.pad(self.weight_gates, (0, 0, 0, self.hidden_size))
        return torch.cat((self.weight_hidden, gates), dim=1)

    @override
    def equations(self, sums: Sums, cell: Tensor, weights: Sums) -> Update:
        i, f, o, g = sums[0].sigmoid(), sums[1].sigmoid(), sums[2].sigmoid(), sums[3].tanh()
        cell = f * cell + i * g
        return Update(_named(i, f, o, g), cell, (o * cell.tanh(), i, f, o))

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        hidden, cell, *gates = state
        sums = linear(x, self.weight_input, self.bias)
        outputs, last, cell = GateLoop.apply(  # type: ignore[no-untyped-call]
            sums, hidden, torch.cat(gates, dim=-1), cell, self.weight_hidden, self.weight_gates
        )
        return outputs, (outputs[-1], cell, *last.chunk(3, dim=-1))


def _named(i: Tensor, f: Tensor, o: Tensor, g: Tensor) -> Mapping[str, Tensor]:
    return {"input": i, "forget": f, "output": o, "candidate": g}
