"""Recurrent cells without a fused kernel, compiled for training by torch's compiler.

The compiler unrolls the readable `step` over the window and fuses what is done unit by unit. It
takes half a minute for each layer when a run begins, so it is for long runs, and only for cells
that gain by it (docs/lab/variants.md). Evaluation and asking stay as they are.
"""

import importlib.util
import os
import shutil
import warnings
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.nn.cells.cell import Cell
from lmkit.nn.state import LayerState

BACKEND = "inductor"  # torch's own

Reading = Callable[[Mapping[str, Tensor], Tensor, LayerState], tuple[Tensor, LayerState]]


def compiled_reading(cell: Cell, backend: str = BACKEND) -> Reading:
    """Return what reads a sequence as a cell does, with gradients, from its weights by name.

    It is compiled when it is first called, and anew for windows of another size.

    Args:
        cell: The cell.
        backend: Compiler, as torch names it; "eager" compiles nothing.
    """
    loop = _Loop(cell)

    def read(
        weights: Mapping[str, Tensor], x: Tensor, state: LayerState
    ) -> tuple[Tensor, LayerState]:
        named = {f"cell.{name}": weight for name, weight in weights.items()}
        result: tuple[Tensor, LayerState] = torch.func.functional_call(loop, named, (x, state))
        return result

    return _Compiled(read, backend)


def check_compiler(device: torch.device) -> None:
    """Refuse to compile where there is nothing to compile with.

    Args:
        device: Where the cells are computed.

    Raises:
        UsageError: If the compiler for it is missing.
    """
    if not has_compiler(device):
        wanted = "triton" if device.type == "cuda" else "a C++ compiler (g++)"
        raise UsageError(
            f"training.compile_cells needs {wanted}, which is missing; install it, or leave "
            "out compile_cells"
        )


def has_compiler(device: torch.device) -> bool:
    """Return whether cells can be compiled: Triton for CUDA, a C++ compiler for the CPU."""
    if device.type == "cuda":
        return importlib.util.find_spec("triton") is not None
    named = (os.environ.get("CXX"), "g++", "clang++")
    return device.type == "cpu" and any(name and shutil.which(name) for name in named)


class _Compiled:
    """A reading that is compiled when it is first called, without the compiler's warnings.

    They are of torch's own code (torch 2.13 imports what it deprecates), and a user can do nothing
    about them.
    """

    def __init__(self, read: Reading, backend: str) -> None:
        self._read = read
        self._backend = backend
        self._compiled: Reading | None = None

    def __call__(
        self, weights: Mapping[str, Tensor], x: Tensor, state: LayerState
    ) -> tuple[Tensor, LayerState]:
        if self._compiled is not None:
            return self._compiled(weights, x, state)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made: Reading = torch.compile(self._read, dynamic=False, backend=self._backend)
            result = made(weights, x, state)
        self._compiled = made
        return result


class _Loop(nn.Module):
    """The steps of a cell one after the other, whatever faster way of its own the cell has."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    @override
    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        return Cell.forward(self.cell, x, state)
