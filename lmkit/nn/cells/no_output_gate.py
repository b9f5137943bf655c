"""An LSTM that shows all it remembers (NOG).

    input     = sigmoid(W_i x + R_i h + b_i)
    forget    = sigmoid(W_f x + R_f h + b_f)
    candidate = tanh(W_g x + R_g h + b_g)
    c         = forget * c + input * candidate
    h         = tanh(c)

After Greff et al. 2015, on an LSTM without peepholes.
"""

from typing import ClassVar

from torch import Tensor

from lmkit.nn.cells.gated import GatedCell, Update


class NoOutputGateCell(GatedCell):
    """An LSTM that shows all it remembers (NOG)."""

    gates: ClassVar[tuple[str, ...]] = ("input", "forget")
    blocks: ClassVar[tuple[str, ...]] = ("input", "forget", "candidate")

    def equations(
        self,
        sums: tuple[Tensor, ...],
        cell: Tensor,
        weights: tuple[Tensor, ...],  # noqa: ARG002
    ) -> Update:
        """Follow the equations above."""
        input_gate = sums[0].sigmoid()
        forget = sums[1].sigmoid()
        candidate = sums[2].tanh()
        cell = forget * cell + input_gate * candidate
        return Update(
            {"input": input_gate, "forget": forget, "candidate": candidate}, cell, (cell.tanh(),)
        )
