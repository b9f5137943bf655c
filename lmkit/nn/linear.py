"""A linear layer whose weights are drawn from a generator that is handed in."""

from torch import nn
from typing_extensions import override


class Linear(nn.Linear):
    """A linear layer of zeros until its owner draws its weights.

    `nn.Linear` draws them from the global generator when it is made, which changes what is drawn
    from that next.
    """

    @override
    def reset_parameters(self) -> None:
        nn.init.zeros_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)
