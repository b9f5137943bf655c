"""A stack of recurrent layers, of any cell.

Knows neither words nor heads. Tensors are time-major.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor, nn

from lmkit.core.devices import device_of
from lmkit.core.errors import UsageError
from lmkit.nn.cells import CELLS
from lmkit.nn.cells.cell import Cell
from lmkit.nn.compiled import BACKEND, Reading, check_compiler, compiled_reading
from lmkit.nn.dropout import locked_dropout, weight_dropout
from lmkit.nn.state import LayerState, State
from lmkit.nn.train_mode import TrainMode


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentConfig:
    """Cell and sizes of a stack of recurrent layers."""

    cell: str = "lstm"  # a name in CELLS
    input: int = 256  # width of the input of the first layer
    hidden: tuple[int, ...] = (256, 256)  # units of each layer, first to last
    options: Mapping[str, object] = field(default_factory=dict)  # settings of the cell's own

    def __post_init__(self) -> None:
        if not self.hidden or min(self.hidden) < 1:
            raise UsageError(f"every layer needs at least 1 unit, got {self.hidden}")


class Recurrent(nn.Module):
    """Recurrent layers, each reading what the one below shows.

    Attributes:
        layers: The cells, lowest first.
        output_size: Width of what the last layer shows.
    """

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__()
        kind = CELLS.get(config.cell)
        layers: list[Cell] = []
        width = config.input
        for hidden in config.hidden:
            layers.append(kind.build(width, hidden, config.options))
            width = layers[-1].output_size
        self.layers = nn.ModuleList(layers)
        self.output_size = width
        self._compiled: list[Reading] = []

    @property
    def cells(self) -> Sequence[Cell]:
        """The layers, typed as cells."""
        return cast("Sequence[Cell]", self.layers)

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw the parameters of every layer anew."""
        for cell in self.cells:
            cell.initialise(generator)

    def compile_cells(self, backend: str = BACKEND) -> None:
        """Have the layers compiled for training, see `nn.compiled`.

        Args:
            backend: Compiler, as torch names it.

        Raises:
            UsageError: If compiling gains nothing for the cell, or there is no compiler.
        """
        for cell in self.cells:
            if not cell.gains_by_compiling:
                raise UsageError(
                    f"{type(cell).__name__} does not become faster by compilation; leave out "
                    "training.compile_cells"
                )
        if self.cells and backend == BACKEND:
            check_compiler(device_of(self))
        self._compiled = [compiled_reading(cell, backend) for cell in self.cells]

    def __getstate__(self) -> dict[str, object]:
        """Return what a copy is made of: compiled code belongs to the original."""
        return {**self.__dict__, "_compiled": []}

    def start(self, batch: int) -> State:
        """Return the initial state of a batch, on the device and in the type of the weights."""
        return tuple(cell.start(batch) for cell in self.cells)

    def forward(
        self,
        x: Tensor,
        state: State,
        *,
        dropout: float = 0.0,
        weight_rate: float = 0.0,
        mode: TrainMode | None = None,
    ) -> tuple[Tensor, State]:
        """Read a sequence.

        Args:
            x: Inputs, shape (time, batch, input).
            state: State before the first.
            dropout: Fraction of units dropped between layers, one mask a window.
            weight_rate: Fraction of recurrent weights dropped for the window.
            mode: Settings of the training step; None for evaluation, where nothing is dropped.

        Returns:
            Outputs of the last layer, shape (time, batch, output), and the state after the last.
        """
        outputs, after = self.read_layers(
            x, state, dropout=dropout, weight_rate=weight_rate, mode=mode
        )
        return outputs[-1], after

    def read_layers(
        self,
        x: Tensor,
        state: State,
        *,
        dropout: float = 0.0,
        weight_rate: float = 0.0,
        mode: TrainMode | None = None,
    ) -> tuple[list[Tensor], State]:
        """Read a sequence as `forward` does, and return the outputs of every layer.

        Args:
            x: Inputs, shape (time, batch, input).
            state: State before the first.
            dropout: Fraction of units dropped between layers, one mask a window.
            weight_rate: Fraction of recurrent weights dropped for the window.
            mode: Settings of the training step; None for evaluation, where nothing is dropped.

        Returns:
            The outputs of each layer before dropout, shape (time, batch, its width), and the state
            after the last input.
        """
        outputs: list[Tensor] = []
        after: list[LayerState] = []
        for depth, (cell, before) in enumerate(zip(self.cells, state, strict=True)):
            if depth:
                x = locked_dropout(x, dropout, mode)
            if mode is not None and self._compiled:
                weights = dict(cell.named_parameters()) | _thinned(cell, weight_rate, mode)
                x, own = self._compiled[depth](weights, x, before)
            else:
                x, own = _read(cell, x, before, weight_rate, mode)
            outputs.append(x)
            after.append(own)
        return outputs, tuple(after)


def compile_cells(model: nn.Module, backend: str = BACKEND) -> None:
    """Have the recurrent layers of a model compiled for training, see `nn.compiled`.

    Args:
        model: Any module.
        backend: Compiler, as torch names it.

    Raises:
        UsageError: If compiling gains nothing for its cells, or there is no compiler.
    """
    for module in model.modules():
        if isinstance(module, Recurrent):
            module.compile_cells(backend)


def _read(
    cell: Cell, x: Tensor, state: LayerState, rate: float, mode: TrainMode | None
) -> tuple[Tensor, LayerState]:
    thinned = {} if mode is None else _thinned(cell, rate, mode)
    if not thinned:
        outputs, state = cell(x, state)
        return outputs, state
    return cell.forward_with(x, state, thinned)


def _thinned(cell: Cell, rate: float, mode: TrainMode) -> dict[str, Tensor]:
    """Return the recurrent weights with some dropped, by name; none where none is dropped."""
    if rate * mode.dropout_scale == 0:
        return {}
    return {name: weight_dropout(cell.get_parameter(name), rate, mode) for name in cell.recurrent}
