"""An LSTM whose candidate is linear (NIAF).

    input     = sigmoid(W_i x + R_i h + b_i)
    forget    = sigmoid(W_f x + R_f h + b_f)
    output    = sigmoid(W_o x + R_o h + b_o)
    candidate = W_g x + R_g h + b_g
    c         = forget * c + input * candidate
    h         = output * tanh(c)

After Greff et al. 2015, on an LSTM without peepholes.
"""

from typing import ClassVar

from torch import Tensor

from lmkit.nn.cells.gated import GatedCell, Update


class NoInputActivationCell(GatedCell):
    """An LSTM whose candidate is linear (NIAF)."""

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "output")
    blocks: ClassVar[tuple[str, ...]] = ("input", "forget", "output", "candidate")

    def equations(
        self,
        sums: tuple[Tensor, ...],
        cell: Tensor,
        weights: tuple[Tensor, ...],  # noqa: ARG002
    ) -> Update:
        """Follow the equations above."""
        input_gate = sums[0].sigmoid()
        forget = sums[1].sigmoid()
        output = sums[2].sigmoid()
        candidate = sums[3]
        cell = forget * cell + input_gate * candidate
        return Update(
            {"input": input_gate, "forget": forget, "output": output, "candidate": candidate},
            cell,
            (output * cell.tanh(),),
        )
