"""Every plot is drawn from plain results, in light and dark, and says so when it cannot be."""

import sys
from pathlib import Path

import numpy as np
import pytest

from lmkit.core.errors import MissingExtraError, UsageError
from lmkit.plots import comparisons, trace
from lmkit.plots.canvas import grouped_styles, line_style, save_plot
from lmkit.plots.unrolled import unrolled_picture
from lmkit.plots.words import place_labels, word_points
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


def test_without_matplotlib_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"lmkit\[plot\]"):
        save_plot(tmp_path / "plot.png", ALL["cells"])


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png"):
        save_plot(tmp_path / "plot.gif", ALL["cells"])
    with pytest.raises(UsageError, match="light or dark"):
        save_plot(tmp_path / "plot.png", ALL["cells"], theme="pink")
    with pytest.raises(UsageError, match="sorted by"):
        trace.gate_heatmaps(TRACE, sort="colour")
    with pytest.raises(UsageError, match="no layer 3"):
        trace.gate_heatmaps(TRACE, layer=3)
    with pytest.raises(UsageError, match="no unit 7"):
        trace.cell_lines(TRACE, [7])
    with pytest.raises(UsageError, match="no gates"):
        trace.fraction_points(GateTrace("a", "elman", ("a",), (LayerTrace({}, ROWS, ROWS, ROWS),)))


def test_lines_are_told_apart_by_colour_and_dashes() -> None:
    styles = [tuple(line_style(number).values()) for number in range(28)]
    assert len(set(styles)) == 28


def test_lines_of_one_group_share_their_colour() -> None:
    first, second, other = grouped_styles(["elman", "elman", "lstm"])
    assert first["color"] == second["color"] != other["color"]
    assert first["linestyle"] == other["linestyle"] != second["linestyle"]
    assert grouped_styles(["lstm"] * 2) == [line_style(0), line_style(1)]
    crowded = [tuple(style.values()) for style in grouped_styles(["a"] * 5 + ["b"])]
    assert len(set(crowded)) == 6


def test_labels_of_crowded_points_cover_neither_points_nor_each_other() -> None:
    points = np.array([[0.0, 0.0], [0.0, 0.0], [4.0, 1.0], [9.0, -3.0], [300.0, 0.0]])
    words = ["one", "two", "three", "four", "alone"]
    middles = points + place_labels(points, words)
    for number, (word, middle) in enumerate(zip(words, middles, strict=True)):
        half = np.array((len(word) * 2.2, 4.0))
        assert not (np.abs(points - middle) < half).all(-1).any()
        others = np.delete(middles, number, axis=0)
        assert not (np.abs(others - middle) < 2 * half * (0.5, 1)).all(-1).any()
    assert np.linalg.norm(middles[4] - points[4]) < 20
