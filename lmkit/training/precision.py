"""Choice of the number format of the products in training, from the processor and the model."""

import torch
from torch import nn

from lmkit.core.errors import UsageError
from lmkit.core.processor import has_fast_bfloat16, processor_name
from lmkit.nn.cells.cell import Cell
from lmkit.nn.precision import MixedPrecision

NARROW = 128  # units below which the casts cost what the products gain


def resolve_precision(name: str, *, width: int) -> str:
    """Return the precision that a name stands for on this processor.

    Args:
        name: A name in `config.PRECISIONS`.
        width: Units of the widest layer that has a choice; 0: none has.

    Returns:
        "float32" or "bfloat16".

    Raises:
        UsageError: If bfloat16 is asked of a processor that lacks it.
    """
    if name == "auto":
        return "bfloat16" if width >= NARROW and has_fast_bfloat16() else "float32"
    if name == "bfloat16" and not has_fast_bfloat16():
        raise UsageError(
            f"this processor ({processor_name()}) has no instructions for bfloat16; "
            "train with --precision float32"
        )
    return name


def product_dtype(name: str, model: nn.Module) -> torch.dtype:
    """Return the torch type of the products in the training of a model.

    Args:
        name: A name in `config.PRECISIONS`.
        model: Model to train.
    """
    cells = [m for m in model.modules() if isinstance(m, MixedPrecision) and isinstance(m, Cell)]
    width = max((cell.hidden_size for cell in cells), default=0)
    resolved = resolve_precision(name, width=width)
    return torch.bfloat16 if resolved == "bfloat16" else torch.float32
