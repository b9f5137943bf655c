"""Gates and states of a network while it reads."""

from dataclasses import dataclass
from typing import TypeAlias

from lmkit.results.result import Result

Rows: TypeAlias = tuple[tuple[float, ...], ...]  # one row a word, one value a unit


@dataclass(frozen=True, slots=True)
class LayerTrace(Result):
    """Gates and states of one layer while it reads.

    Attributes:
        gates: The rows of each gate, by name; empty for a cell without gates.
        candidate: What was offered to the memory.
        cell: The memory after each word; the hidden state where the cell has no other.
        hidden: What was shown to the next layer and to the next step.
    """

    gates: dict[str, Rows]
    candidate: Rows
    cell: Rows
    hidden: Rows


@dataclass(frozen=True, slots=True)
class GateTrace(Result):
    """Gates and states while a text is read, per word, layer and unit.

    Attributes:
        text: What was read, from the beginning of a line.
        kind: The name of the cell.
        words: One for each row.
        layers: Lowest first.
    """

    text: str
    kind: str
    words: tuple[str, ...]
    layers: tuple[LayerTrace, ...]
