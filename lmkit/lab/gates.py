"""How open the gates stand: shares of open and closed gates, and the strongest units of a word.

After Karpathy, Johnson and Fei-Fei 2016 ("Visualizing and Understanding Recurrent Networks").
"""

from dataclasses import dataclass

import numpy as np

from lmkit.core.errors import UsageError
from lmkit.results import GateTrace, Result

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
        cell: What it held.
    """

    layer: int
    unit: int
    hidden: float
    cell: float


def gate_shares(trace: GateTrace) -> tuple[GateShares, ...]:
    """Return the shares of open and closed gates, for each layer and gate."""
    shares = []
    for number, layer in enumerate(trace.layers, start=1):
        for name, rows in layer.gates.items():
            values = np.asarray(rows)
            is_open, is_closed = (values > OPEN).mean(0), (values < CLOSED).mean(0)
            shares.append(GateShares(number, name, _floats(is_open), _floats(is_closed)))
    return tuple(shares)


def strongest_units(trace: GateTrace, position: int, *, k: int = 8) -> tuple[StrongUnit, ...]:
    """Return the units that showed most at a word, strongest first.

    Args:
        trace: What was traced.
        position: Which word, counted from 0; negative counts from the end.
        k: How many units.
    """
    if not -len(trace.words) <= position < len(trace.words):
        raise UsageError(f"no word {position}: the text has {len(trace.words)} words")
    units = [
        StrongUnit(number, unit, layer.hidden[position][unit], layer.cell[position][cell])
        for number, layer in enumerate(trace.layers, start=1)
        for unit, cell in _pairs(len(layer.hidden[0]), len(layer.cell[0]))
    ]
    return tuple(sorted(units, key=lambda unit: -abs(unit.hidden))[:k])


def _pairs(hidden: int, cell: int) -> list[tuple[int, int]]:
    """Pair each shown unit with a memory unit; where a cell projects, they do not correspond."""
    return [(unit, unit if hidden == cell else 0) for unit in range(hidden)]


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
