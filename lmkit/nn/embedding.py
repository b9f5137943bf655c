"""Words as vectors: one row per id."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Embedding(nn.Module):
    """A table of vectors.

    Attributes:
        weight: Shape (vocab, width).
    """

    def __init__(self, vocab_size: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocab_size, width))

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the table anew, uniform in +-0.1."""
        nn.init.uniform_(self.weight, -0.1, 0.1, generator=generator)

    def forward(self, ids: Tensor) -> Tensor:
        """Look words up.

        Args:
            ids: Any shape.

        Returns:
            Vectors, one more dimension: width.
        """
        return functional.embedding(ids, self.weight)
