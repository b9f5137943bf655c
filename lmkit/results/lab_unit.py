"""The arithmetic of one unit at one token."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class GateTerms(Result):
    """The terms of the sum that one gate of a unit is made of.

    Attributes:
        bias: The bias.
        input: A weight times an element of x, for each element.
        recurrent: A weight times an element of h, for each element.
        value: The gate, after its squashing function.
    """

    bias: float
    input: tuple[float, ...]
    recurrent: tuple[float, ...]
    value: float


@dataclass(frozen=True, slots=True)
class UnitTerms(Result):
    """One unit of a layer at one token.

    Attributes:
        gates: The terms of each gate and of "candidate", by name.
        x: Input of the layer.
        h: Hidden state of the layer before the token.
        cell_before: Cell state of the unit before; the hidden state where a cell has no other.
        cell: Cell state of the unit after.
        hidden: Hidden state of the unit after.
    """

    gates: dict[str, GateTerms]
    x: tuple[float, ...]
    h: tuple[float, ...]
    cell_before: float
    cell: float
    hidden: float
