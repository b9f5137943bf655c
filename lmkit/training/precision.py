"""Choice of the number format of the products in training, from the processor and the model."""

import torch
from torch import nn

from lmkit.core.devices import device_of, has_device_bfloat16
from lmkit.core.errors import UsageError
from lmkit.core.processor import has_fast_bfloat16, processor_name
from lmkit.nn.cells.cell import Cell
from lmkit.nn.precision import MixedPrecision

CPU = torch.device("cpu")
NARROW = 128  # units below which the casts cost what the products gain


def resolve_precision(name: str, *, width: int, device: torch.device = CPU) -> str:
    """Return the precision that a name stands for on a device.

    Args:
        name: A name in `config.PRECISIONS`.
        width: Units of the widest layer that has a choice; 0: none has.
        device: Device of the training steps. On others than the CPU "auto" is float32: what
            bfloat16 costs in perplexity with the kernels of a GPU has not been measured.

    Returns:
        "float32" or "bfloat16".

    Raises:
        UsageError: If bfloat16 is asked of a processor or device that lacks it.
    """
    if device.type != "cpu":
        if name == "bfloat16" and not has_device_bfloat16(device):
            raise UsageError(
                f"this {device.type} device has no instructions for bfloat16; "
                "train with --precision float32"
            )
        return "bfloat16" if name == "bfloat16" else "float32"
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
    resolved = resolve_precision(name, width=width, device=device_of(model))
    return torch.bfloat16 if resolved == "bfloat16" else torch.float32
