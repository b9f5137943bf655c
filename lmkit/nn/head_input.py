"""Connection from the recurrent layers to the output layer.

Either the last layer alone is read, or the sum of all layers: a lower layer then reaches the
prediction directly, and so does the gradient on its way back. A layer that is not as wide as the
output layer is projected. Knows neither cells nor words.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

HEAD_INPUTS = ("last", "sum")


class HeadInput(nn.Module):
    """The last layer, or the sum of all layers, each projected to the width of the output layer.

    Attributes:
        source: "last" for the last layer, "sum" for the sum of all layers.
        weight: Projection of the last layer, shape (width, last width); None where widths agree.
        bias: Bias of the projection, shape (width,); it serves the whole sum.
        lower: Projections of the layers below, shape (width, their width) each; empty for "last"
            and for layers that need none.
    """

    weight: nn.Parameter | None
    bias: nn.Parameter | None

    def __init__(self, layer_widths: Sequence[int], width: int, source: str = "last") -> None:
        """Create the projections that are needed.

        Args:
            layer_widths: Width of the output of each layer, lowest first.
            width: Width that the output layer reads.
            source: A name in HEAD_INPUTS.
        """
        super().__init__()
        *below, last = layer_widths
        self.source = source
        read = below if source == "sum" else []
        needed = {str(depth): size for depth, size in enumerate(read) if size != width}
        self.lower = nn.ParameterDict(
            {name: torch.empty(width, size) for name, size in needed.items()}
        )
        is_projected = last != width
        self.weight = nn.Parameter(torch.empty(width, last)) if is_projected else None
        has_bias = is_projected or bool(needed)
        self.bias = nn.Parameter(torch.empty(width)) if has_bias else None
        self.initialise()

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the projections: uniform in +-1/sqrt(inputs), the bias zero."""
        last = [] if self.weight is None else [self.weight]
        for projection in (*last, *self.lower.values()):
            bound = projection.shape[1] ** -0.5
            nn.init.uniform_(projection, -bound, bound, generator=generator)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    @override
    def forward(self, outputs: Sequence[Tensor]) -> Tensor:
        """Combine the outputs of the layers.

        Args:
            outputs: Of each layer, lowest first, shape (..., its width).

        Returns:
            Shape (..., width).
        """
        *below, last = outputs
        combined = last if self.weight is None else functional.linear(last, _as(self.weight, last))
        for depth, output in enumerate(below if self.source == "sum" else []):
            name = str(depth)
            if name in self.lower:
                output = functional.linear(output, _as(self.lower[name], output))  # noqa: PLW2901
            combined = combined + output
        return combined if self.bias is None else combined + _as(self.bias, combined)


def _as(weight: Tensor, like: Tensor) -> Tensor:
    """Return a weight in the type of what it is multiplied with: bfloat16 in some trainings."""
    return weight.to(like.dtype)
