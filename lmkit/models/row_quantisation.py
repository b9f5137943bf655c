"""Matrices stored with 8 bits a weight and a step for each row: a quarter of the bytes.

A matrix `NAME` is written as two tensors, `NAME.int8` with the whole numbers and `NAME.step` with
the size of one step for each row; the largest weight of a row is 127 steps. Reading multiplies them
again, so whoever uses the weights sees float32. Tensors of one dimension stay as they are. Knows
neither models nor files.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from lmkit.core.errors import ModelError

VALUES, STEP = ".int8", ".step"  # endings of the names of stored tensors
LARGEST = 127  # the largest whole number
SMALLEST_STEP = 1e-30  # a row of zeros has a step too


def quantise_rows(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors to store in place of others: every float32 matrix in 8 bits a weight.

    Args:
        tensors: Weights by name.

    Returns:
        For a matrix of shape (rows, columns) named NAME: `NAME.int8`, int8 of the same shape, and
        `NAME.step`, float32 of shape (rows,). Other tensors are returned under their own names.
    """
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.ndim == 2 and tensor.dtype == torch.float32:
            values, step = quantised(tensor)
            stored[name + VALUES], stored[name + STEP] = values, step
        else:
            stored[name] = tensor
    return stored


def dequantise_rows(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of stored tensors; what was not quantised is returned as it is.

    Args:
        tensors: Tensors by name, as `quantise_rows` returned them or from a file without any.

    Returns:
        Weights by name, matrices in float32.

    Raises:
        ModelError: If one half of a quantised matrix is missing or does not fit the other, or the
            matrix is there twice.
    """
    halves = {name for name in tensors if name.endswith((VALUES, STEP))}
    weights = {name: tensor for name, tensor in tensors.items() if name not in halves}
    for name in sorted({half.rpartition(".")[0] for half in halves}):
        values, step = tensors.get(name + VALUES), tensors.get(name + STEP)
        if values is None or step is None or name in weights or not _fits(values, step):
            raise ModelError(f"the stored weight {name!r} in 8 bits is not whole; it is damaged")
        weights[name] = values.float().mul_(step.float()[:, None])
    return weights


def quantised(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return the whole numbers nearest to a matrix, and the step of each row.

    Args:
        matrix: Shape (rows, columns).

    Returns:
        int8 of the same shape, and float32 of shape (rows,).
    """
    largest = matrix.abs().amax(1) if matrix.shape[1] else matrix.new_zeros(len(matrix))
    step = (largest / LARGEST).clamp_min_(SMALLEST_STEP)
    return (matrix / step[:, None]).round_().clamp_(-LARGEST, LARGEST).to(torch.int8), step


def _fits(values: Tensor, step: Tensor) -> bool:
    """Return whether two tensors are the halves of one matrix, and its numbers are finite."""
    are_kinds = values.dtype == torch.int8 and step.is_floating_point()
    are_shapes = values.ndim == 2 and step.shape == values.shape[:1]
    return are_kinds and are_shapes and bool(step.isfinite().all())
