"""Training mode as a value: randomness, dropout, exactness and row gradients of one step.

A forward pass that is given none is an evaluation: nothing is dropped and every loss is exact.
"""

from dataclasses import dataclass, field

import torch

from lmkit.nn.batch_part import BatchPart
from lmkit.nn.embedding import RowGradients


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainMode:
    """Settings of one training step.

    Attributes:
        generator: Source of everything random in the step, on the device of the weights.
        dropout_scale: Factor of every dropout rate, 0..1.
        is_exact: Whether a head that estimates its loss from samples computes it exactly instead.
        rows: Tables whose gradients are kept by rows; none by default.
        part: Rows of this process, where several share a batch; None: it has all.
    """

    generator: torch.Generator
    dropout_scale: float = 1.0
    is_exact: bool = False
    rows: RowGradients = field(default_factory=RowGradients)
    part: BatchPart | None = None
