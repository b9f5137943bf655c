"""Weights and settings of torch's fused recurrent kernels, as cuDNN wants them on a GPU.

cuDNN reads the weights of a layer from one block of memory. Weights that lie apart would be copied
into one at every call, with a warning each time; here they are joined by an operation that carries
gradients, so that tensors in place of parameters (thinned by dropout, or in bfloat16) are too.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

# has_biases, num_layers, dropout, train, bidirectional, batch_first
Settings = tuple[bool, int, float, bool, bool, bool]

APART = ("cpu", "mps")  # devices whose kernels read every weight where it lies


def fused_weights(weights: Sequence[Tensor]) -> list[Tensor]:
    """Return the weights of a layer as the kernel of their device reads them best.

    Args:
        weights: From the input, recurrent, and their biases, in the order of `torch.nn.LSTM`.

    Returns:
        Tensors of the same shapes and numbers.
    """
    return list(weights) if weights[0].device.type in APART else joined(weights)


def joined(weights: Sequence[Tensor]) -> list[Tensor]:
    """Return copies of tensors that lie one after the other in one block of memory.

    Args:
        weights: Of one type and device; gradients reach them.
    """
    block = torch.cat([weight.reshape(-1) for weight in weights])
    parts = torch.split(block, [weight.numel() for weight in weights])
    return [part.view(weight.shape) for part, weight in zip(parts, weights, strict=True)]


def fused_settings(x: Tensor, *, is_training: bool) -> Settings:
    """Return the arguments of a fused kernel after its weights, for a layer on its own.

    Args:
        x: Inputs of the layer.
        is_training: Whether the layer is in training mode. cuDNN keeps what a backward pass needs
            in that mode alone; here the mode changes nothing else, so where gradients are recorded
            it is set on a device in any case, as for dynamic evaluation.
    """
    is_needed = x.device.type != "cpu" and torch.is_grad_enabled()
    return True, 1, 0.0, is_training or is_needed, False, False
