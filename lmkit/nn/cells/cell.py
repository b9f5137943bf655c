"""What every recurrent cell can do: start, and take one step.

Knows neither words nor what comes after it. Tensors are time-major, (time, batch, size), so that
one step is one contiguous block.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from lmkit.nn.state import LayerState


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a cell over a batch.

    Attributes:
        output: What the cell shows the next layer, shape (batch, output).
        state: Memory after the step.
        gates: The value of each gate and of "candidate", shape (batch, hidden).
    """

    output: Tensor
    state: LayerState
    gates: Mapping[str, Tensor]


class Cell(nn.Module, ABC):
    """One layer of recurrence.

    Attributes:
        gates: Names of the gates that `step` reports besides "candidate".
        input_size: Width of what it reads.
        hidden_size: Number of units.
        output_size: Width of what it shows; differs from `hidden_size` where the cell projects.
    """

    gates: ClassVar[tuple[str, ...]] = ()

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = hidden_size

    @abstractmethod
    def start(self, batch: int) -> LayerState:
        """Return the memory of having read nothing, each part (batch, size)."""

    @abstractmethod
    def step(self, x: Tensor, state: LayerState) -> Step:
        """Read one input, the readable way: this shows the equations.

        Args:
            x: Input, shape (batch, input).
            state: Memory before the step.

        Returns:
            Output, memory and gates.
        """

    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Read a sequence; a subclass overrides this where a faster way exists.

        Args:
            x: Inputs, shape (time, batch, input).
            state: Memory before the first.

        Returns:
            Outputs of shape (time, batch, output), and the memory after the last.
        """
        outputs = []
        for x_t in x:
            result = self.step(x_t, state)
            outputs.append(result.output)
            state = result.state
        return torch.stack(outputs), state
