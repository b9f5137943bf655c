"""The forecasting model: recurrent layers over numbers, with a distribution over the next number.

Knows scaled numbers and places in a season, not the series that they come from.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.forecasting.heads import VALUE_HEADS
from lmkit.models.trainable import Loss, Trainable
from lmkit.nn.dropout import locked_dropout
from lmkit.nn.recurrent import Recurrent, RecurrentConfig
from lmkit.nn.state import State, select_rows
from lmkit.nn.train_mode import TrainMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastModelConfig:
    """Shape of a forecasting model."""

    columns: int = 1  # numbers at each time
    waves: int = 0  # further inputs, which encode the place in the season
    cell: str = "lstm"  # a name in nn.cells.CELLS
    layers: int = 1
    hidden: int = 32  # units of each layer
    head: str = "gaussian"  # a name in VALUE_HEADS
    dropout: float = 0.0  # fraction of units dropped between layers and before the head

    def __post_init__(self) -> None:
        for name in ("columns", "layers", "hidden"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 <= self.dropout < 1:
            raise UsageError(f"dropout must be in 0..1 (1 excluded), got {self.dropout}")


@dataclass(frozen=True, slots=True)
class SeriesWindow:
    """Batch of windows of a scaled series.

    Attributes:
        inputs: Numbers at each time and waves of the time after, (batch, time, columns + waves).
        targets: Numbers at the time after, (batch, time, columns).
    """

    inputs: Tensor
    targets: Tensor


class ForecastModel(Trainable[SeriesWindow, State]):
    """Recurrent layers, and a head that reads their output beside the input.

    Attributes:
        config: Shape of the model.
        recurrent: Stack of recurrent layers.
        head: Output layer, from hidden state and input to a distribution.
    """

    def __init__(
        self, config: ForecastModelConfig, generator: torch.Generator | None = None
    ) -> None:
        """Build a model and initialise its weights from the generator."""
        super().__init__()
        self.config = config
        width = config.columns + config.waves
        shape = RecurrentConfig(
            cell=config.cell, input=width, hidden=(config.hidden,) * config.layers
        )
        with torch.random.fork_rng(devices=[]):  # a cell is made with weights of global chance
            self.recurrent = Recurrent(shape)
        width += self.recurrent.output_size
        self.head = VALUE_HEADS.get(config.head)(width, config.columns)
        self.recurrent.initialise(generator)
        self.head.initialise(generator)

    @override
    def start(self, batch: int) -> State:
        return self.recurrent.start(batch)

    def select(self, state: State, rows: Tensor) -> State:
        """Return the states of some rows, in the order asked for."""
        return select_rows(state, rows)

    def read(
        self, inputs: Tensor, state: State, mode: TrainMode | None = None
    ) -> tuple[Tensor, State]:
        """Read numbers; `head` says what may come after each.

        Args:
            inputs: Shape (batch, time, columns + waves).
            state: State of everything read before.
            mode: Settings of the training step; None for evaluation, where nothing is dropped.

        Returns:
            Input of the head, shape (batch, time, width), and the new state.
        """
        dropout = self.config.dropout
        hidden, state = self.recurrent(inputs.transpose(0, 1), state, dropout=dropout, mode=mode)
        hidden = locked_dropout(hidden, dropout, mode).transpose(0, 1)
        return torch.cat([hidden, inputs], dim=-1), state

    @override
    def loss(
        self, batch: SeriesWindow, state: State, mode: TrainMode | None = None
    ) -> tuple[Loss, State]:
        hidden, state = self.read(batch.inputs, state, mode)
        nats = self.head.loss(hidden, batch.targets)
        count = batch.targets.numel()
        return Loss(nats / count, nats.detach(), count), state

    def continue_paths(
        self, state: State, last: Tensor, waves: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Sample continuations: predict, sample a number, read it, and repeat.

        Args:
            state: State before the last number, for each path.
            last: The last number, shape (paths, columns).
            waves: Places in the season of the times ahead, shape (horizon, waves).
            generator: Source of randomness.

        Returns:
            Shape (paths, horizon, columns), scaled.
        """
        sampled: list[Tensor] = []
        with torch.inference_mode():
            for wave in waves:
                inputs = torch.cat([last, wave.expand(len(last), -1)], dim=-1)
                hidden, state = self.read(inputs.unsqueeze(1), state)
                last = self.head.sample(hidden[:, 0], generator)
                sampled.append(last)
        return torch.stack(sampled, dim=1)
