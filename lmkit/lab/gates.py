"""How open the gates stand: shares of open and closed gates, and the strongest units of a word.

After Karpathy, Johnson and Fei-Fei 2016 ("Visualizing and Understanding Recurrent Networks").
"""

from dataclasses import dataclass

import numpy as np

from lmkit.core.errors import UsageError
from lmkit.results import GateTrace, LayerTrace, Result

OPEN, CLOSED = 0.9, 0.1  # a gate above is open, a gate below is closed


@dataclass(frozen=True, slots=True)
class GateShares(Result):
    """How often each unit's gate was open or closed over a text.

    Attributes:
        layer: Counted from 1.
        gate: Its name.
        open: Share of the words at which it was above 0.9, per unit.
        closed: Share of the words at which it was below 0.1, per unit.
    """

    layer: int
    gate: str
    open: tuple[float, ...]
    closed: tuple[float, ...]

    @property
    def mean_open(self) -> float:
        """Share of open gates over units and words."""
        return sum(self.open) / len(self.open)

    @property
    def mean_closed(self) -> float:
        """Share of closed gates over units and words."""
        return sum(self.closed) / len(self.closed)


@dataclass(frozen=True, slots=True)
class StrongUnit(Result):
    """A unit that stood out at a word.

    Attributes:
        layer: Counted from 1.
        unit: Counted from 0.
        hidden: What it showed.
        cell: What it held; None where a cell projects, so that no unit of its state is this one.
    """

    layer: int
    unit: int
    hidden: float
    cell: float | None


@dataclass(frozen=True, slots=True)
class StrongUnits(Result):
    """The units that showed most at a word, strongest first."""

    word: str
    units: tuple[StrongUnit, ...]


def gate_shares(trace: GateTrace) -> tuple[GateShares, ...]:
    """Return the shares of open and closed gates, for each layer and gate."""
    shares = []
    for number, layer in enumerate(trace.layers, start=1):
        for name, rows in layer.gates.items():
            values = np.asarray(rows)
            is_open, is_closed = (values > OPEN).mean(0), (values < CLOSED).mean(0)
            shares.append(GateShares(number, name, _floats(is_open), _floats(is_closed)))
    return tuple(shares)


def strongest_at(trace: GateTrace, position: int, *, k: int = 8) -> StrongUnits:
    """Return the units that showed most at a word, strongest first.

    Args:
        trace: What was traced.
        position: Which word, counted from 0; negative counts from the end.
        k: How many units.
    """
    if not -len(trace.words) <= position < len(trace.words):
        raise UsageError(f"no word {position}: the text has {len(trace.words)} words")
    units = [
        StrongUnit(number, unit, hidden, _held(layer, position, unit))
        for number, layer in enumerate(trace.layers, start=1)
        for unit, hidden in enumerate(layer.hidden[position])
    ]
    strongest = sorted(units, key=lambda unit: -abs(unit.hidden))[:k]
    return StrongUnits(trace.words[position], tuple(strongest))


def _held(layer: LayerTrace, position: int, unit: int) -> float | None:
    cell = layer.cell[position]
    return cell[unit] if len(cell) == len(layer.hidden[position]) else None


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
