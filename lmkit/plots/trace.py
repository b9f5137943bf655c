"""Plots of a trace: gates over words, cell states, open and closed fractions, interventions.

Takes plain results and knows no model.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from lmkit.core.errors import UsageError
from lmkit.lab.gates import gate_fractions
from lmkit.plots.canvas import DIVERGING, MARKERS, RISING, Axes, Figure, line_style, marked_style
from lmkit.results import GateTrace, LayerTrace
from lmkit.results.lab_gates import Effect

Draw: TypeAlias = Callable[[Any], Figure]  # from matplotlib's pyplot, which is not typed here
Grid: TypeAlias = npt.NDArray[np.float64]

MOST_LINES = 6
MOST_UNITS_NAMED = 16  # beside a heat map
AREA = 10  # of a point that stands for one unit, in square points
TITLES = {"cell": "cell state c", "hidden": "hidden state h"}
SORTS = {
    "none": "in their own order",
    "mean": "by the mean of their cell state",
    "peak": "by the word at which their cell state is largest",
    "change": "by how much their cell state moves",
}


def trace_plot(
    trace: GateTrace,
    picture: str,
    *,
    layer: int = -1,
    units: Sequence[int] = (),
    sort: str = "peak",
) -> Draw:
    """Draw one of the pictures of a trace: "heatmaps", "cells" or "fractions".

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
    if picture == "fractions":
        return fraction_points(trace)
    raise UsageError(f"pictures of a trace are heatmaps, cells and fractions; not {picture!r}")


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
            is_gate = name in chosen.gates
            image = _heat(place, grid[:, order].T, is_gate=is_gate)
            place.set_title(f"{name} gate" if is_gate else TITLES.get(name, name))
            _name_words(place, trace.words)
            _name_units(place, order)
            bar = figure.colorbar(image, ax=place, fraction=0.05)
            if is_gate:
                bar.set_ticks([0, 0.5, 1], labels=["0 shut", "0.5", "1 open"])
        for place in axes.flat[len(grids) :]:
            place.set_axis_off()
        figure.supylabel("unit", fontsize="medium")
        number = layer if layer > 0 else len(trace.layers)
        figure.suptitle(
            f"{trace.kind}, layer {number}, {len(order)} of {len(chosen.cell[0])} units, "
            f"{SORTS[sort]}",
            x=0.01,
            ha="left",
        )
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
            axes.plot(cells[:, unit], ms=4, label=f"unit {unit}", **marked_style(number))
        axes.axhline(0, lw=0.8, color="gray")
        axes.set_ylabel("cell state c")
        _name_words(axes, trace.words)
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        return figure

    return draw


def fraction_points(trace: GateTrace) -> Draw:
    """Plot the fraction of words with an open and a closed gate, per unit (Karpathy 2016)."""
    fractions = gate_fractions(trace)
    if not fractions:
        raise UsageError(f"a {trace.kind} has no gates whose fractions could be drawn")
    names = list(dict.fromkeys(fraction.gate for fraction in fractions))

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, row = pyplot.subplots(
            1, len(names), figsize=(3.1 * len(names), 3.3), squeeze=False, sharey=True
        )
        for axes, name in zip(row[0], names, strict=True):
            for number, fraction in enumerate(s for s in fractions if s.gate == name):
                style = {
                    **_see_through(line_style(number)["color"]),
                    "marker": MARKERS[number % len(MARKERS)],
                }
                places = Counter(zip(fraction.closed, fraction.open, strict=True))
                xs, ys = zip(*(place for place, _ in places.most_common()), strict=True)
                sizes = [AREA * units for _, units in places.most_common()]  # small ones on top
                axes.scatter(xs, ys, s=sizes, **style)
                if name == names[-1]:
                    axes.scatter([], [], s=4 * AREA, label=f"layer {fraction.layer}", **style)
            axes.plot([0, 1], [1, 0], lw=0.8, color="gray")
            limits = {"xlim": (-0.12, 1.04), "ylim": (-0.12, 1.04)}
            axes.set(title=f"{name} gate", xlabel="fraction of words: closed (< 0.1)", **limits)
        row[0][0].set_ylabel("fraction of words: open (> 0.9)")
        for units in (1, 10, 50):
            of = f"{units} unit{'s' if units > 1 else ''}"
            row[0][-1].scatter([], [], s=AREA * units, label=of, **_see_through("gray"))
        row[0][-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1), labelspacing=1.2,
                          handletextpad=1.2)  # fmt: skip
        return figure

    return draw


def _see_through(colour: str) -> dict[str, object]:
    """Return the style of points that may overlap."""
    return {"facecolor": (colour, 0.45), "edgecolor": colour, "linewidth": 0.9}


def effect_bars(effect: Effect) -> Draw:
    """Plot the probability of each word before and after an intervention."""
    words = effect.moved[::-1]

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, axes = pyplot.subplots(figsize=(6.2, 0.42 * len(words) + 1.2))
        for number, name in enumerate(("before", "after")):
            rows = [row + 0.19 - 0.38 * number for row in range(len(words))]
            values = [getattr(word, name) for word in words]
            style = {"color": line_style(number)["color"], "hatch": ("", "///")[number]}
            axes.barh(rows, values, height=0.36, label=name, ec=axes.get_facecolor(), **style)
        axes.set_yticks(range(len(words)), [word.word for word in words])
        axes.set(xlabel="probability of the next word", title=f"{effect.text} ...")
        axes.grid(visible=True, axis="x", lw=0.5)
        axes.set_axisbelow(True)
        axes.legend(frameon=False, loc="lower right")
        return figure

    return draw


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


def _name_units(axes: Axes, order: Sequence[int]) -> None:
    """Label rows with their units; only some where there are many."""
    step = -(-len(order) // MOST_UNITS_NAMED)
    rows = range(0, len(order), step)
    axes.set_yticks(rows, [str(order[row]) for row in rows], fontsize=7.5)


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
