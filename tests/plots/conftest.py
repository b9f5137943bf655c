"""Traces written out, and pyplot in the theme of a plot."""

from collections.abc import Iterator
from typing import Any

import pytest

from lmkit.plots import canvas
from lmkit.results import GateTrace, LayerTrace

ROWS = ((0.1, 0.95, 0.5), (0.2, 0.05, 0.7), (0.92, 0.02, 0.6))
CELL = ((0.5, -2.0, 0.1), (0.6, 1.0, 0.1), (-0.7, 0.5, 3.0))
HIDDEN = ((0.4, -0.9, 0.1), (0.5, 0.7, 0.1), (-0.6, 0.4, 0.9))


@pytest.fixture
def trace() -> GateTrace:
    """Two layers of three units over three words."""
    layer = LayerTrace({"input": ROWS, "forget": ROWS[::-1]}, HIDDEN, CELL, HIDDEN)
    return GateTrace("a b c", "lstm", ("a", "b", "c"), (layer, layer))


@pytest.fixture(params=["light", "dark"])
def pyplot(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Pyplot with the colours of a theme; its figures are closed afterwards."""
    pytest.importorskip("matplotlib")
    with canvas._pyplot(canvas.THEMES[request.param]) as made:
        yield made
        made.close("all")
