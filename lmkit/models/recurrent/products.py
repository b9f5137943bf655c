"""Products of a row of numbers with a matrix of weights, laid out once for many askings.

Two ways: in full, and with 8 bits a weight, which fetches a quarter of the bytes. A single row is
bound by fetching the weights, so that is how much quicker it can get.

With 8 bits each row of the matrix has a step of its own (symmetric: the largest weight is 127
steps), and so has each row that is read, found anew each time. Sums of whole numbers are exact:
what comes out for a row does not depend on the rows beside it.
"""

from collections.abc import Callable
from functools import cache
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from lmkit.nn.matmul import add_matmul, matmul

INT8_STEPS = 127  # the largest whole number
_CLIPPED_STEPS = 63  # where a processor clips the sum of two products to 16 bits
_SMALLEST = 1e-30  # a row of zeros has a step too


class Product(Protocol):
    """rows -> rows times the matrix, plus the bias."""

    def of(self, rows: Tensor) -> Tensor:
        """Return `rows` @ weight.T + bias, shape (rows, out), from shape (rows, in)."""
        ...

    def add_to(self, sums: Tensor, rows: Tensor) -> None:
        """Add `rows` @ weight.T to sums of shape (rows, out), without the bias."""
        ...


MakeProduct: TypeAlias = Callable[[Tensor, Tensor], Product]  # weight (out, in), bias (out,)


class FloatProduct:
    """A product in full."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._weight = weight.t().contiguous()
        self._bias = bias

    def of(self, rows: Tensor) -> Tensor:
        """Return `rows` @ weight.T + bias, shape (rows, out), from shape (rows, in)."""
        return matmul(rows, self._weight, self._bias)

    def add_to(self, sums: Tensor, rows: Tensor) -> None:
        """Add `rows` @ weight.T to sums of shape (rows, out), without the bias."""
        add_matmul(sums, rows, self._weight)


class Int8Product:
    """A product with 8 bits a weight."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        step = weight.abs().amax(1).clamp_min(_SMALLEST) / _usable_steps()
        self._weight = (weight / step[:, None]).round().to(torch.int8).t()
        self._step = step
        self._bias = bias

    def of(self, rows: Tensor) -> Tensor:
        """Return `rows` @ weight.T + bias, shape (rows, out), from shape (rows, in)."""
        sums, step = self._multiply(rows)
        return torch.addcmul(self._bias, sums, step, out=sums)

    def add_to(self, sums: Tensor, rows: Tensor) -> None:
        """Add `rows` @ weight.T to sums of shape (rows, out), without the bias."""
        sums.addcmul_(*self._multiply(rows))

    def _multiply(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the product in steps of the rows, and how large these are, shape (rows, 1)."""
        step = rows.abs().amax(1, keepdim=True).clamp_min_(_SMALLEST).div_(INT8_STEPS)
        whole = (rows / step).round_().to(torch.int8)
        return torch._int_mm(whole, self._weight).float().mul_(self._step), step


@cache
def _usable_steps() -> int:
    """Return how many steps a weight may have so that no sum is clipped on this processor."""
    largest = torch.full((1, 64), INT8_STEPS, dtype=torch.int8)
    matrix = torch.full((16, 64), INT8_STEPS, dtype=torch.int8)
    is_exact = bool((torch._int_mm(largest, matrix.t()) == 64 * INT8_STEPS**2).all())
    return INT8_STEPS if is_exact else _CLIPPED_STEPS
