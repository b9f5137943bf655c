"""Gates over a text: fractions open and closed, and the strongest units at a word.

After Karpathy, Johnson and Fei-Fei 2016 ("Visualizing and Understanding Recurrent Networks").
"""

import numpy as np

from lmkit.core.errors import UsageError
from lmkit.results import GateTrace, LayerTrace
from lmkit.results.lab_gates import GateFractions, StrongUnit, StrongUnits

OPEN, CLOSED = 0.9, 0.1  # a gate above is open, a gate below is closed


def gate_fractions(trace: GateTrace) -> tuple[GateFractions, ...]:
    """Return the fractions of open and closed gates, for each layer and gate."""
    fractions = []
    for number, layer in enumerate(trace.layers, start=1):
        for name, rows in layer.gates.items():
            values = np.asarray(rows)
            is_open, is_closed = (values > OPEN).mean(0), (values < CLOSED).mean(0)
            fractions.append(GateFractions(number, name, _floats(is_open), _floats(is_closed)))
    return tuple(fractions)


def strongest_at(trace: GateTrace, position: int, *, k: int = 8) -> StrongUnits:
    """Return the units with the largest output at a word, strongest first.

    Args:
        trace: What was traced.
        position: Which word, counted from 0; negative counts from the end.
        k: How many units.
    """
    if not -len(trace.words) <= position < len(trace.words):
        raise UsageError(f"no word {position}: the text has {len(trace.words)} words")
    units = [
        StrongUnit(number, unit, hidden, _cell_state(layer, position, unit))
        for number, layer in enumerate(trace.layers, start=1)
        for unit, hidden in enumerate(layer.hidden[position])
    ]
    strongest = sorted(units, key=lambda unit: -abs(unit.hidden))[:k]
    return StrongUnits(trace.words[position], tuple(strongest))


def _cell_state(layer: LayerTrace, position: int, unit: int) -> float | None:
    cell = layer.cell[position]
    return cell[unit] if len(cell) == len(layer.hidden[position]) else None


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
