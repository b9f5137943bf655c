"""Every plot is drawn from plain results, in light and dark, and says so when it cannot be."""

from pathlib import Path

import pytest

from lmkit.plots import comparisons, trace
from lmkit.plots.canvas import save_plot
from lmkit.plots.unrolled import unrolled_picture
from lmkit.plots.words import word_points
from lmkit.results import GateTrace, LayerTrace
from lmkit.results.lab_embeddings import WordMap
from lmkit.results.lab_experiments import (
    Comparison,
    ComparisonRow,
    GradientLine,
    GradientReach,
    TaskReach,
    TaskScore,
)
from lmkit.results.lab_gates import Effect, ProbabilityChange
from lmkit.results.lab_unroll import Unrolled, UnrolledLayer, WeightGradient

ROWS = ((0.1, 0.95, 0.5), (0.2, 0.05, 0.7))
LAYER = LayerTrace({"input": ROWS, "forget": ROWS}, ROWS, ROWS, ROWS[::-1])
TRACE = GateTrace("a b", "lstm", ("a", "b"), (LAYER, LAYER))
ALL = {
    "heatmaps": trace.gate_heatmaps(TRACE, sort="change"),
    "cells": trace.cell_lines(TRACE, [0, 2]),
    "fractions": trace.fraction_points(TRACE),
    "effect": trace.effect_bars(Effect("a", (), (), (ProbabilityChange("b", 0.5, 0.1),), 0.2)),
    "gradients": comparisons.gradient_lines(
        GradientReach(1, 4, (GradientLine("gru", "gru", False, (1.0, 0.1), (1.0, 0.1), None),))
    ),
    "tasks": comparisons.task_lines(
        TaskReach(
            "copying",
            0.9,
            0.1,
            3,
            (
                TaskScore("gru", 2, 1.0, True, (1.0, 0.9)),
                TaskScore("gru", 5, 0.1, False, (0.1, 0.2)),
            ),
        )
    ),
    "comparison": comparisons.comparison_bars(
        Comparison((1, 2), (ComparisonRow("gru", 9, 8.0, 1.0, (7.0, 9.0), 50.0, 10),))
    ),
    "map": word_points(WordMap(("a", "b"), ((0.0, 1.0), (0.0, 1.01)), (0.9, 0.1))),
    "map3": word_points(WordMap(("a",), ((0.0, 1.0, 2.0),), (0.9, 0.1, 0.0))),
    "unrolled": unrolled_picture(
        Unrolled(
            "a b",
            ("↵", "a"),
            "b",
            1.5,
            (0.1, 0.2),
            (UnrolledLayer((1.0, 1.0), (1.0, 1.0), {}, (0.5, 0.0)),),
            (WeightGradient("layers.0.bias", 1.0),),
        )
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ALL)
def test_a_plot_is_drawn(name: str, theme: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = save_plot(tmp_path / "plot.png", ALL[name], theme=theme)
    assert path.read_bytes().startswith(b"\x89PNG")
