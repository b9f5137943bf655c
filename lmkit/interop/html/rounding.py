"""Rounding to 8 bits a weight: what the page computes with, and a model that Python can ask.

Each row of a matrix is whole numbers from -127 to 127 times the step of that row. Vectors of biases
stay as they are. A model whose weights are rounded so answers as the page does, but for the last
digits, so everything that is measured of it holds for the page.
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from lmkit.models.recurrent.recurrent_lm import RecurrentLM

LARGEST = 127  # the largest whole number
SMALLEST_STEP = 1e-30  # a row of zeros has a step too


@dataclass(frozen=True, slots=True)
class RoundedMatrix:
    """A matrix with 8 bits a weight.

    Attributes:
        values: Whole numbers, int8, shape (rows, columns).
        steps: What a whole number of each row is multiplied by, float32, shape (rows,).
    """

    values: Tensor
    steps: Tensor

    def to_float(self) -> Tensor:
        """Return the matrix in float32, shape (rows, columns)."""
        return self.values.float() * self.steps[:, None]


def round_rows(matrix: Tensor) -> RoundedMatrix:
    """Round a matrix row by row; the largest weight of a row is 127 steps.

    Rounding what `to_float` returns gives the same whole numbers again.

    Args:
        matrix: Shape (rows, columns).

    Returns:
        The rounded matrix.
    """
    matrix = matrix.detach().float()
    largest = matrix.abs().amax(1) if matrix.shape[1] else matrix.new_zeros(len(matrix))
    steps = (largest / LARGEST).clamp_min(SMALLEST_STEP)
    values = (matrix / steps[:, None]).round().clamp(-LARGEST, LARGEST).to(torch.int8)
    return RoundedMatrix(values, steps)


def rounded_model(model: RecurrentLM) -> RecurrentLM:
    """Return a copy of a model whose matrices are rounded to 8 bits a weight.

    Args:
        model: A trained model; it is not changed.

    Returns:
        The copy, on the CPU, in evaluation mode.
    """
    copied = copy.deepcopy(model).cpu().eval()
    with torch.no_grad():
        for parameter in copied.parameters():
            if parameter.ndim == 2:
                parameter.copy_(round_rows(parameter).to_float())
    return copied
