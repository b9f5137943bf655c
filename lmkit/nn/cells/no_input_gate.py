"""An LSTM whose input gate is always open (NIG).

    forget    = sigmoid(W_f x + R_f h + b_f)
    output    = sigmoid(W_o x + R_o h + b_o)
    candidate = tanh(W_g x + R_g h + b_g)
    c         = forget * c + candidate
    h         = output * tanh(c)

After Greff et al. 2015, on an LSTM without peepholes.
"""

from typing import ClassVar

from torch import Tensor

from lmkit.nn.cells.gated import GatedCell, Update


class NoInputGateCell(GatedCell):
    """An LSTM whose input gate is always open (NIG)."""

    gates: ClassVar[tuple[str, ...]] = ("forget", "output")
    blocks: ClassVar[tuple[str, ...]] = ("forget", "output", "candidate")

    def equations(
        self,
        sums: tuple[Tensor, ...],
        cell: Tensor,
        weights: tuple[Tensor, ...],  # noqa: ARG002
    ) -> Update:
        """Follow the equations above."""
        forget = sums[0].sigmoid()
        output = sums[1].sigmoid()
        candidate = sums[2].tanh()
        cell = forget * cell + candidate
        return Update(
            {"forget": forget, "output": output, "candidate": candidate},
            cell,
            (output * cell.tanh(),),
        )
