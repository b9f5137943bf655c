"""Plots of a trace: what stands where, and what cannot be drawn."""

from dataclasses import replace

import numpy as np
import pytest

from lmkit.core.errors import UsageError
from lmkit.plots.trace import cell_lines, effect_bars, fraction_points, gate_heatmaps, trace_plot
from lmkit.results import GateTrace, LayerTrace
from lmkit.results.lab_gates import Effect, ProbabilityChange


def titles(figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]


def test_a_heat_map_stands_for_each_gate_and_state(trace: GateTrace, pyplot) -> None:
    figure = gate_heatmaps(trace)(pyplot)
    assert titles(figure) == [
        "input gate",
        "forget gate",
        "candidate",
        "cell state c",
        "hidden state h",
    ]
    maps = [axes for axes in figure.axes if axes.images]
    assert [label.get_text() for label in maps[0].get_xticklabels()] == ["a", "b", "c"]
    assert maps[0].images[0].get_clim() == (0, 1)
    low, high = maps[3].images[0].get_clim()
    assert (low, high) == (-3.0, 3.0)
    title = "lstm, layer 2, 3 of 3 units, by the word at which their cell state is largest"
    assert figure.get_suptitle() == title
    assert figure.get_supylabel() == "unit"


def test_no_writing_covers_other_writing(trace: GateTrace, pyplot) -> None:
    figure = gate_heatmaps(trace)(pyplot)
    figure.draw_without_rendering()
    beside = [axes.yaxis.get_tightbbox() for axes in figure.axes if axes.images]
    above = [axes.title for axes in figure.axes] + [axes._left_title for axes in figure.axes]
    boxes = [text.get_window_extent() for text in above if text.get_text()]
    for label in (figure._suptitle, figure._supylabel):
        box = label.get_window_extent()
        assert not any(box.overlaps(other) for other in (*beside, *boxes))


@pytest.mark.parametrize(
    ("sort", "order"),
    [("none", [0, 1, 2]), ("mean", [2, 0, 1]), ("peak", [1, 0, 2]), ("change", [1, 2, 0])],
)
def test_units_are_ordered_by_their_cell_state(trace, sort, order, pyplot) -> None:
    figure = gate_heatmaps(trace, sort=sort, layer=1)(pyplot)
    grid = next(axes for axes in figure.axes if axes.get_title(loc="left") == "cell state c")
    cell = np.asarray(trace.layers[0].cell)
    np.testing.assert_allclose(grid.images[0].get_array(), cell[:, order].T)
    assert [label.get_text() for label in grid.get_yticklabels()] == [str(u) for u in order]


def test_of_many_units_some_are_named(pyplot) -> None:
    rows = tuple(tuple(float(u == w) for u in range(40)) for w in range(3))
    wide = LayerTrace({}, rows, rows, rows)
    figure = gate_heatmaps(GateTrace("a", "elman", ("a", "b", "c"), (wide,)), sort="none")(pyplot)
    assert titles(figure) == ["candidate", "cell state c"]
    named = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert named == [str(unit) for unit in range(0, 40, 3)]


def test_lines_show_the_units_asked_for(trace: GateTrace, pyplot) -> None:
    axes = cell_lines(trace, [2, 0])(pyplot).axes[0]
    lines = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
    assert lines["unit 2"] == [0.1, 0.1, 3.0]
    assert lines["unit 0"] == [0.5, 0.6, -0.7]


def test_cells_without_units_are_those_that_hold_most(trace: GateTrace, pyplot) -> None:
    axes = trace_plot(trace, "cells")(pyplot).axes[0]
    assert [line.get_label() for line in axes.lines][:3] == ["unit 2", "unit 1", "unit 0"]


def test_a_point_stands_where_a_unit_is_open_and_closed(trace: GateTrace, pyplot) -> None:
    figure = fraction_points(trace)(pyplot)
    assert titles(figure) == ["input gate", "forget gate"]
    (first, *_) = figure.axes[0].collections
    places = {tuple(np.round(place, 3)) for place in first.get_offsets()}
    assert places == {(0.0, 0.333), (0.667, 0.333), (0.0, 0.0)}


def test_units_in_one_place_make_a_larger_point(trace: GateTrace, pyplot) -> None:
    rows = ((0.5,) * 4 + (0.95,),)
    same = replace(trace.layers[0], gates={"input": rows})
    points = fraction_points(GateTrace("a", "lstm", ("a",), (same,)))(pyplot).axes[0].collections[0]
    assert sorted(points.get_sizes() / min(points.get_sizes())) == [1.0, 4.0]


def test_bars_stand_for_each_word_before_and_after(pyplot) -> None:
    moved = (ProbabilityChange("cat", 0.5, 0.1), ProbabilityChange("dog", 0.2, 0.6))
    axes = effect_bars(Effect("the", (), (), moved, 0.2))(pyplot).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["dog", "cat"]
    before, after = axes.containers
    assert [bar.get_width() for bar in before] == [0.2, 0.5]
    assert [bar.get_width() for bar in after] == [0.6, 0.1]
    assert {bar.get_hatch() for bar in after} == {"///"}


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        (lambda t: gate_heatmaps(t, sort="colour"), "sorted by none, mean, peak, change"),
        (lambda t: gate_heatmaps(t, layer=3), "no layer 3: the model has layers 1 to 2"),
        (lambda t: gate_heatmaps(t, layer=0), "no layer 0"),
        (lambda t: gate_heatmaps(t, units=[3]), "no unit 3"),
        (lambda t: cell_lines(t, [7]), "no unit 7: the layer has units 0 to 2"),
        (lambda t: trace_plot(t, "cake"), "heatmaps, cells and fractions; not 'cake'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_matplotlib(trace, drawing, message) -> None:
    with pytest.raises(UsageError, match=message):
        drawing(trace)


def test_a_network_without_gates_has_no_shares(trace: GateTrace) -> None:
    bare = replace(trace.layers[0], gates={})
    with pytest.raises(UsageError, match="elman has no gates"):
        fraction_points(GateTrace("a", "elman", ("a",), (bare,)))
