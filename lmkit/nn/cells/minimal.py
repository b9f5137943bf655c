"""Cells whose gates read the input alone, so that all times are computed at once.

minGRU:     update    = sigmoid(W_u x + b_u)
            candidate = W_n x + b_n
            h         = (1 - update) * h + update * candidate

minLSTM:    input     = sigmoid(W_i x + b_i)
            forget    = sigmoid(W_f x + b_f)
            candidate = W_g x + b_g
            h         = (forget * h + input * candidate) / (forget + input)

After Feng et al. 2024 ("Were RNNs all we needed?"). They scan in log space and need positive
candidates for it; the scan used here needs neither.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.nn.cells.cell import ExposedStateCell, Step
from lmkit.nn.cells.gated import FORGET_BIAS
from lmkit.nn.kernels.scan import scan
from lmkit.nn.state import LayerState


class MinimalCell(ExposedStateCell):
    """A cell without recurrent weights.

    Attributes:
        weight_input: Shape (blocks x hidden, input).
        bias: Shape (blocks x hidden,).
    """

    blocks: ClassVar[tuple[str, ...]] = ()

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        rows = len(self.blocks) * hidden_size
        self.weight_input = nn.Parameter(torch.empty(rows, input_size))
        self.bias = nn.Parameter(torch.empty(rows))
        self.initialise()

    @abstractmethod
    def equations(self, sums: tuple[Tensor, ...]) -> tuple[Mapping[str, Tensor], Tensor, Tensor]:
        """Return the gates, the fraction of h that is kept, and the addend.

        Args:
            sums: W x + b of each block, shape (..., hidden) each.
        """

    @override
    def start(self, batch: int) -> LayerState:
        return (self.bias.new_zeros(batch, self.hidden_size),)

    @override
    def step(self, x: Tensor, state: LayerState) -> Step:
        gates, keep, new = self.equations(self._sums(x))
        h = keep * state[0] + new
        return Step(h, (h,), gates)

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        _, keep, new = self.equations(self._sums(x))
        outputs = scan(keep, new, state[0])
        return outputs, (outputs[-1],)

    def _sums(self, x: Tensor) -> tuple[Tensor, ...]:
        sums = functional.linear(x, self.weight_input, self.bias)
        return sums.chunk(len(self.blocks), dim=-1)


class MinGRUCell(MinimalCell):
    """A minimal GRU: one update gate that mixes the state and the candidate."""

    gates: ClassVar[tuple[str, ...]] = ("update",)
    blocks: ClassVar[tuple[str, ...]] = ("update", "candidate")
    keeps: ClassVar[tuple[str, int]] = ("update", -1)

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        # The forget bias of the other cells, seen from the update gate.
        super().initialise(generator)
        with torch.no_grad():
            self.bias[: self.hidden_size] = -FORGET_BIAS

    @override
    def equations(self, sums: tuple[Tensor, ...]) -> tuple[Mapping[str, Tensor], Tensor, Tensor]:
        update, candidate = sums[0].sigmoid(), sums[1]
        return {"update": update, "candidate": candidate}, 1 - update, update * candidate


class MinLSTMCell(MinimalCell):
    """A minimal LSTM: an input and a forget gate, scaled so that they sum to 1."""

    gates: ClassVar[tuple[str, ...]] = ("input", "forget")
    blocks: ClassVar[tuple[str, ...]] = ("input", "forget", "candidate")

    @override
    def initialise(self, generator: torch.Generator | None = None) -> None:
        super().initialise(generator)
        with torch.no_grad():
            self.bias[self.hidden_size : 2 * self.hidden_size] = FORGET_BIAS

    @override
    def equations(self, sums: tuple[Tensor, ...]) -> tuple[Mapping[str, Tensor], Tensor, Tensor]:
        input_gate, forget, candidate = sums[0].sigmoid(), sums[1].sigmoid(), sums[2]
        keep = (forget / (forget + input_gate)).clamp(max=1)
        gates = {"input": input_gate, "forget": forget, "candidate": candidate}
        return gates, keep, (1 - keep) * candidate
