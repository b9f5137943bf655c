"""Pictures of what the lab measures; each function returns what `canvas.save_plot` draws.

Takes plain results and knows no model.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from lmkit.core.errors import UsageError
from lmkit.lab.canvas import DIVERGING, RISING, Axes, Figure, grouped_styles, line_style
from lmkit.lab.embeddings import WordMap
from lmkit.lab.gates import gate_shares
from lmkit.lab.gradients import GradientReach
from lmkit.lab.tasks import TaskReach
from lmkit.lab.variants import Comparison
from lmkit.results import GateTrace, LayerTrace

Draw: TypeAlias = Callable[[Any], Figure]  # from matplotlib's pyplot, which is not typed here
Grid: TypeAlias = npt.NDArray[np.float64]

MOST_LINES = 6
SORTS = ("none", "mean", "peak", "change")


def trace_plot(
    trace: GateTrace,
    picture: str,
    *,
    layer: int = -1,
    units: Sequence[int] = (),
    sort: str = "peak",
) -> Draw:
    """Draw one of the pictures of a trace: "heatmaps", "cells" or "shares".

    Args:
        trace: What was traced.
        picture: Which one; "cells" without units draws those that hold most over the text.
        layer: Counted from 1, or -1 for the last.
        units: Which units.
        sort: Order of the units in the heatmaps.
    """
    if picture == "heatmaps":
        return gate_heatmaps(trace, layer=layer, sort=sort, units=units)
    if picture == "cells":
        held = np.abs(np.asarray(_layer(trace, layer).cell).mean(0))
        most = [int(unit) for unit in np.argsort(-held)[:MOST_LINES]]
        return cell_lines(trace, units or most, layer=layer)
    if picture == "shares":
        return share_points(trace)
    raise UsageError(f"pictures of a trace are heatmaps, cells and shares; not {picture!r}")


def gate_heatmaps(
    trace: GateTrace, *, layer: int = -1, sort: str = "peak", units: Sequence[int] = ()
) -> Draw:
    """Draw units x words for each gate, the candidate and both states of a layer.

    Args:
        trace: What was traced.
        layer: Counted from 1, or -1 for the last.
        sort: Order of the units, by their cell state: "none", "mean", "peak" (the word at which
            it is greatest) or "change" (how much it moves).
        units: Which units; none named is all.
    """
    chosen = _layer(trace, layer)
    order = _order(np.asarray(chosen.cell), sort, units)
    grids = _grids(chosen)

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        columns = min(3, len(grids))
        rows = -(-len(grids) // columns)
        width = max(3.0, 0.42 * len(trace.words) + 1.2)
        height = min(4.2, max(2.4, 0.06 * len(order) + 1.3))
        figure, axes = pyplot.subplots(
            rows, columns, figsize=(columns * width, rows * height), squeeze=False
        )
        for place, (name, grid) in zip(axes.flat, grids.items(), strict=False):
            image = _heat(place, grid[:, order].T, is_gate=name in chosen.gates)
            place.set_title(name)
            _name_words(place, trace.words)
            figure.colorbar(image, ax=place, fraction=0.05)
        for place in axes.flat[len(grids) :]:
            place.set_axis_off()
        for row in axes:
            row[0].set_ylabel(f"unit ({len(order)} of {len(chosen.cell[0])})")
        figure.suptitle(f"{trace.kind}: {trace.text}", x=0.01, ha="left")
        return figure

    return draw


def cell_lines(trace: GateTrace, units: Sequence[int], *, layer: int = -1) -> Draw:
    """Draw the cell state of chosen units over the words."""
    chosen = _layer(trace, layer)
    cells = np.asarray(chosen.cell)
    _check_units(units, cells.shape[1])

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, axes = pyplot.subplots(figsize=(max(5.0, 0.6 * len(trace.words)), 3.2))
        for number, unit in enumerate(units):
            axes.plot(cells[:, unit], marker="o", ms=3, label=f"unit {unit}", **line_style(number))
        axes.axhline(0, lw=0.8, color="gray")
        axes.set_ylabel("cell state c")
        _name_words(axes, trace.words)
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        return figure

    return draw


def share_points(trace: GateTrace) -> Draw:
    """Draw for each gate and unit how often it was open and how often closed (Karpathy 2016)."""
    shares = gate_shares(trace)
    if not shares:
        raise UsageError(f"a {trace.kind} has no gates whose shares could be drawn")
    names = list(dict.fromkeys(share.gate for share in shares))

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, row = pyplot.subplots(
            1, len(names), figsize=(3.1 * len(names), 3.3), squeeze=False, sharey=True
        )
        for axes, name in zip(row[0], names, strict=True):
            for number, share in enumerate(s for s in shares if s.gate == name):
                style = {"color": line_style(number)["color"], "marker": "osD^v"[number % 5]}
                label = f"layer {share.layer}"
                places = Counter(zip(share.closed, share.open, strict=True))
                sizes = [14 * units for units in places.values()]  # an area a unit
                axes.scatter(*zip(*places, strict=True), s=sizes, alpha=0.6, label=label, **style)
            axes.plot([0, 1], [1, 0], lw=0.8, color="gray")
            axes.set(title=f"{name} gate", xlabel="share closed (< 0.1)")
        row[0][0].set_ylabel("share open (> 0.9)")
        for handle in row[0][-1].legend(frameon=False).legend_handles:
            handle.set_sizes([30])
        return figure

    return draw


def gradient_lines(reach: GradientReach) -> Draw:
    """Draw |dL_t / dm_(t-k)| over k on one logarithmic axis: a colour a cell, dashes the rest."""

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, axes = pyplot.subplots(figsize=(7.2, 4.2))
        styles = grouped_styles([line.cell for line in reach.lines])
        for line, style in zip(reach.lines, styles, strict=True):
            axes.plot(line.memory, label=line.label, lw=1.8, **style)
        axes.set_yscale("log")
        lowest = min(value for line in reach.lines for value in line.memory if value > 0)
        axes.set_ylim(bottom=max(lowest, 1e-12))
        axes.axhline(1, lw=0.8, color="gray")
        axes.set(xlabel="k: steps back", ylabel="gradient that arrives, at k = 0: 1")
        axes.grid(visible=True, lw=0.5)
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        return figure

    return draw


def task_lines(reach: TaskReach) -> Draw:
    """Draw the score of each cell over the distance."""

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, axes = pyplot.subplots(figsize=(6.2, 3.6))
        for number, cell in enumerate(dict.fromkeys(r.cell for r in reach.results)):
            points = [(r.distance, r.score) for r in reach.results if r.cell == cell]
            axes.plot(*zip(*points, strict=True), marker="o", label=cell, **line_style(number))
        axes.axhline(reach.passed, lw=0.8, color="gray")
        axes.text(1, reach.passed, "learned ", transform=axes.get_yaxis_transform(), va="bottom",
                  ha="right")  # fmt: skip
        axes.set(title=reach.task, xlabel="distance in steps", ylabel="score", ylim=(-0.03, 1.06))
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        return figure

    return draw


def comparison_bars(comparison: Comparison) -> Draw:
    """Draw the perplexity of each entry, a point for every seed, best on top."""
    cells = comparison.cells[::-1]

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, (left, right) = pyplot.subplots(
            1, 2, figsize=(8.2, 0.34 * len(cells) + 1.4), sharey=True, width_ratios=(3, 2)
        )
        for row, cell in enumerate(cells):
            left.plot(cell.perplexities, [row] * len(cell.perplexities), "o", ms=4, mfc="none",
                      color=line_style(0)["color"])  # fmt: skip
            left.errorbar(cell.perplexity, row, xerr=cell.spread, fmt="D", ms=5, capsize=3,
                          color=line_style(1)["color"])  # fmt: skip
        left.set(xlabel="validation perplexity per word")
        left.set_yticks(range(len(cells)), [cell.cell for cell in cells])
        left.grid(visible=True, axis="x", lw=0.5)
        rates = [cell.words_per_second for cell in cells]
        right.barh(range(len(cells)), rates, height=0.6, color=line_style(0)["color"])
        right.set(xlabel="words trained a second")
        return figure

    return draw


def word_points(drawn: WordMap) -> Draw:
    """Draw words as points, in two or three dimensions."""
    points = np.asarray(drawn.points)
    is_deep = points.shape[1] == 3

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure = pyplot.figure(figsize=(7.4, 5.6))
        axes = figure.add_subplot(projection="3d" if is_deep else None)
        axes.scatter(*points.T, s=9, color=line_style(0)["color"])
        for word, point, label in zip(drawn.words, points, _spread(points), strict=True):
            axes.text(*label, f" {word}", fontsize=7.5, va="center")
            if not np.array_equal(label, point):
                axes.plot(*zip(point, label, strict=True), lw=0.5, color="gray")
        names = [f"component {n} ({share:.0%})" for n, share in enumerate(drawn.explained, start=1)]
        axes.set(xlabel=names[0], ylabel=names[1])
        if is_deep:
            axes.set_zlabel(names[2])
            for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
                axis.pane.set_visible(False)
        return figure

    return draw


def _spread(points: Grid) -> Grid:
    """Move the labels of points that lie together apart, up or down by as few lines as it takes."""
    span = np.ptp(points, axis=0)
    line, width = 0.026 * span[-1], 0.075 * span[0]
    labels = points.copy()
    placed: list[int] = []
    for number in np.argsort(points[:, -1]):
        for lines in sorted(range(-len(points), len(points)), key=abs):
            labels[number, -1] = points[number, -1] + lines * line
            gaps = np.abs(labels[placed] - labels[number])
            if not ((gaps[:, -1] < 0.95 * line) & (gaps[:, 0] < width)).any():
                break
        placed.append(int(number))
    return labels


def _grids(layer: LayerTrace) -> dict[str, Grid]:
    named = {**layer.gates, "candidate": layer.candidate, "cell": layer.cell}
    if layer.cell != layer.hidden:
        named["hidden"] = layer.hidden
    return {
        name: np.asarray(rows) for name, rows in named.items() if len(rows[0]) == len(layer.cell[0])
    }


def _heat(axes: Axes, grid: Grid, *, is_gate: bool) -> Any:  # noqa: ANN401
    if is_gate:
        return axes.imshow(grid, aspect="auto", cmap=RISING, vmin=0, vmax=1, interpolation="none")
    most = max(float(np.abs(grid).max()), 1e-9)
    colours = {"cmap": DIVERGING, "vmin": -most, "vmax": most}
    return axes.imshow(grid, aspect="auto", interpolation="none", **colours)


def _name_words(axes: Axes, words: Sequence[str]) -> None:
    axes.set_xticks(range(len(words)), words, rotation=60, ha="right", rotation_mode="anchor")


def _order(cells: Grid, sort: str, units: Sequence[int]) -> list[int]:
    if sort not in SORTS:
        raise UsageError(f"units are sorted by {', '.join(SORTS)}; not by {sort!r}")
    _check_units(units, cells.shape[1])
    keys = {
        "none": np.arange(cells.shape[1]),
        "mean": -cells.mean(0),
        "peak": np.abs(cells).argmax(0),
        "change": -np.abs(np.diff(cells, axis=0)).sum(0),
    }
    chosen = list(units) or range(cells.shape[1])
    return sorted(chosen, key=lambda unit: (keys[sort][unit], unit))


def _check_units(units: Sequence[int], size: int) -> None:
    for unit in units:
        if not 0 <= unit < size:
            raise UsageError(f"no unit {unit}: the layer has units 0 to {size - 1}")


def _layer(trace: GateTrace, layer: int) -> LayerTrace:
    count = len(trace.layers)
    if layer == -1:
        return trace.layers[-1]
    if not 1 <= layer <= count:
        raise UsageError(f"no layer {layer}: the model has layers 1 to {count}")
    return trace.layers[layer - 1]
