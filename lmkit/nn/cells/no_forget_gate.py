"""An LSTM that never forgets (NFG): the cell of 1997.

    input     = sigmoid(W_i x + R_i h + b_i)
    output    = sigmoid(W_o x + R_o h + b_o)
    candidate = tanh(W_g x + R_g h + b_g)
    c         = c + input * candidate
    h         = output * tanh(c)

After Greff et al. 2015, on an LSTM without peepholes.
"""

from typing import ClassVar

from torch import Tensor

from lmkit.nn.cells.gated import GatedCell, Update


class NoForgetGateCell(GatedCell):
    """An LSTM that never forgets (NFG): the cell of 1997."""

    gates: ClassVar[tuple[str, ...]] = ("input", "output")
    blocks: ClassVar[tuple[str, ...]] = ("input", "output", "candidate")

    def equations(
        self,
        sums: tuple[Tensor, ...],
        cell: Tensor,
        weights: tuple[Tensor, ...],  # noqa: ARG002
    ) -> Update:
        """Follow the equations above."""
        input_gate = sums[0].sigmoid()
        output = sums[1].sigmoid()
        candidate = sums[2].tanh()
        cell = cell + input_gate * candidate
        return Update(
            {"input": input_gate, "output": output, "candidate": candidate},
            cell,
            (output * cell.tanh(),),
        )
