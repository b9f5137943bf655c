"""The contract of a recurrent cell: a start state, one step, a sequence, a trace.

Knows neither words nor heads. Tensors are time-major, (time, batch, size), so that
one step is one contiguous block.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from typing_extensions import override

from lmkit.core.errors import UsageError
from lmkit.nn.state import LayerState


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a cell over a batch.

    Attributes:
        output: Input of the next layer, shape (batch, output).
        state: State after the step.
        gates: The value of each gate and of "candidate", shape (batch, hidden).
    """

    output: Tensor
    state: LayerState
    gates: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOptions:
    """Settings of a cell beyond its sizes; a cell that has some subclasses this and checks them."""


class Cell(nn.Module, ABC):
    """A recurrent layer (the base class of every cell).

    Attributes:
        gates: Names of the gates that `step` reports besides "candidate".
        input_size: Width of the input.
        hidden_size: Number of units.
        output_size: Width of the output; differs from `hidden_size` where the cell projects.
        blocks: Names of the row blocks of its matrices, in order, `hidden_size` rows each; empty
            for a cell without gates.
        complements: Gates without rows of their own: each is 1 minus the gate that it names.
        keeps: The block whose gate keeps the state, and the sign of its bias: 1 where an open gate
            keeps the state, -1 where it discards it.
        recurrent: Names of the recurrent weights, which weight dropout applies to.
        gains_by_compiling: Whether torch's compiler makes its training quicker, as measured.
        options_type: Settings of its own beyond its sizes: the frozen dataclass that its
            constructor takes as `options`; `CellOptions` itself for a cell without any.
    """

    gates: ClassVar[tuple[str, ...]] = ()
    blocks: ClassVar[tuple[str, ...]] = ()
    complements: ClassVar[Mapping[str, str]] = {}
    keeps: ClassVar[tuple[str, int]] = ("forget", 1)
    recurrent: ClassVar[tuple[str, ...]] = ()
    gains_by_compiling: ClassVar[bool] = False
    options_type: ClassVar[type[CellOptions]] = CellOptions

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = hidden_size

    @classmethod
    def build(cls, input_size: int, hidden_size: int, options: Mapping[str, object]) -> Self:
        """Build a cell from its sizes and the settings of its own.

        Args:
            input_size: Width of the input.
            hidden_size: Number of units.
            options: Settings by name, fields of `options_type`.

        Raises:
            UsageError: If the cell has no such setting, or refuses its value.
        """
        if not options:
            return cls(input_size, hidden_size)
        known = [field.name for field in fields(cls.options_type)]
        for name in options:
            if name not in known:
                has = f"its settings are {', '.join(known)}" if known else "it has none"
                raise UsageError(f"{cls.__name__} has no setting named {name!r}; {has}")
        made: Callable[..., Self] = cls
        return made(input_size, hidden_size, options=cls.options_type(**options))

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw every parameter anew: matrices uniform in +-1/sqrt(hidden), vectors zero.

        A subclass calls this and then sets what it wants otherwise, e.g. a forget bias of 1.

        Args:
            generator: The source of randomness; equal generators give equal parameters.
        """
        bound = self.hidden_size**-0.5
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
            else:
                nn.init.zeros_(parameter)

    @torch.no_grad()
    def set_forget_bias(self, value: float) -> None:
        """Set the initial bias of the gate that keeps the state; a cell without one stays as it is.

        Args:
            value: Its bias: at 0 half of the state is kept, at 3 95% of it.
        """
        gate, sign = self.keeps
        if gate in self.blocks:
            start = self.blocks.index(gate) * self.hidden_size
            parameters = dict(self.named_parameters(recurse=False))
            bias = parameters["bias"] if "bias" in parameters else parameters["bias_input"]
            bias[start : start + self.hidden_size] = sign * value

    @abstractmethod
    def start(self, batch: int) -> LayerState:
        """Return the state of having read nothing, each part (batch, size)."""

    @abstractmethod
    def step(self, x: Tensor, state: LayerState) -> Step:
        """Read one input: the readable form, which shows the equations.

        Args:
            x: Input, shape (batch, input).
            state: State before the step.

        Returns:
            Output, state and gates.
        """

    def forward(self, x: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Read a sequence; a subclass overrides this where a faster way exists.

        Args:
            x: Inputs, shape (time, batch, input).
            state: State before the first.

        Returns:
            Outputs of shape (time, batch, output), and the state after the last.
        """
        outputs = []
        for x_t in x:
            result = self.step(x_t, state)
            outputs.append(result.output)
            state = result.state
        return torch.stack(outputs), state

    def forward_with(
        self, x: Tensor, state: LayerState, weights: Mapping[str, Tensor]
    ) -> tuple[Tensor, LayerState]:
        """Read a sequence as `forward` does, with other tensors in place of some parameters.

        Args:
            x: Inputs, shape (time, batch, input).
            state: State before the first.
            weights: The tensor to use in place of each named parameter.

        Returns:
            Outputs of shape (time, batch, output), and the state after the last.
        """
        outputs, after = torch.func.functional_call(self, dict(weights), (x, state))
        return outputs, after

    def trace(self, x: Tensor, state: LayerState) -> Step:
        """Read a sequence and keep every `Step`; overridden where a cheaper way exists.

        Args:
            x: Inputs, shape (time, batch, input).
            state: State before the first.

        Returns:
            A Step whose every tensor has a leading time: its state is the state after each input.
        """
        steps: list[Step] = []
        for x_t in x:
            steps.append(self.step(x_t, state))
            state = steps[-1].state
        return Step(
            torch.stack([step.output for step in steps]),
            tuple(torch.stack(parts) for parts in zip(*(s.state for s in steps), strict=True)),
            {name: torch.stack([s.gates[name] for s in steps]) for name in steps[0].gates},
        )


class ExposedStateCell(Cell, ABC):
    """A cell whose state is its output alone, (h,).

    A subclass writes `step` so that it takes any number of leading dimensions.
    """

    @override
    def trace(self, x: Tensor, state: LayerState) -> Step:
        # A fast pass gives h; with it every step is computed at once.
        outputs, _ = self.forward(x, state)
        return self.step(x, (torch.cat((state[0].unsqueeze(0), outputs[:-1])),))
