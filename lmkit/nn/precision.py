"""Number format of the products in training: float32, or bfloat16 where the processor is quicker.

Weights, optimiser, validation and asking stay in float32; casts to bfloat16 are copies made for one
step. Only real bfloat16 tensors reach the quick instructions: torch's settings of the precision of
float32 products change nothing on a processor.
"""

import torch
from torch import Tensor, nn


class MixedPrecision(nn.Module):
    """A module whose products can be in another number format in training.

    Attributes:
        product_dtype: Format of the products in training mode.
    """

    product_dtype: torch.dtype = torch.float32

    def for_product(self, tensor: Tensor) -> Tensor:
        """Return a tensor in the format of the products; in evaluation mode never in bfloat16."""
        if self.training and self.product_dtype == torch.bfloat16:
            return tensor.bfloat16()
        return tensor.float() if tensor.dtype == torch.bfloat16 else tensor


def set_product_dtype(model: nn.Module, dtype: torch.dtype) -> None:
    """Set the number format of the products of all parts that have a choice.

    Args:
        model: Any module.
        dtype: Format in training mode.
    """
    for module in model.modules():
        if isinstance(module, MixedPrecision):
            module.product_dtype = dtype
