"""Plots of gradients, tasks and comparisons, each a function that `canvas.save_plot` draws.

Takes plain results and knows no model.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from lmkit.plots.canvas import Figure, grouped_styles, line_style, marked_style
from lmkit.results.lab_experiments import Comparison, GradientReach, TaskReach

Draw: TypeAlias = Callable[[Any], Figure]  # from matplotlib's pyplot, which is not typed here


def gradient_lines(reach: GradientReach) -> Draw:
    """Draw |dL_t / dm_(t-k)| over k on one logarithmic axis: a colour a cell, dashes the rest.

    Of a single cell each case at initialisation has a colour, and dashes say how it was trained.
    """
    cells = [line.cell for line in reach.lines]
    cases = [line.label.partition(", trained")[0] for line in reach.lines]

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, axes = pyplot.subplots(figsize=(7.2, 4.2))
        styles = grouped_styles(cells if len(set(cells)) > 1 else cases)
        for line, style in zip(reach.lines, styles, strict=True):
            axes.plot(line.state, label=line.label, lw=1.8, **style)
        axes.set_yscale("log")
        lowest = min(value for line in reach.lines for value in line.state if value > 0)
        axes.set_ylim(bottom=max(lowest / 2, 1e-12))
        axes.axhline(1, lw=0.8, color="gray")
        axes.set(
            xlabel="k: steps back",
            ylabel="$|\\partial L_t\\,/\\,\\partial m_{t-k}|$, at k = 0: 1\n(m: all that is kept)",
        )
        axes.grid(visible=True, lw=0.5)
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        return figure

    return draw


def task_lines(reach: TaskReach) -> Draw:
    """Draw the score of each cell over the distance: the median as a line, each seed as a ring.

    Cells stand a little beside each other, so that none hides another.
    """
    cells = list(dict.fromkeys(result.cell for result in reach.results))
    distances = sorted({result.distance for result in reach.results})

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, axes = pyplot.subplots(figsize=(6.6, 3.8))
        for number, cell in enumerate(cells):
            found = [result for result in reach.results if result.cell == cell]
            beside = 1.04 ** (number - (len(cells) - 1) / 2)
            xs, style = [result.distance * beside for result in found], marked_style(number)
            axes.plot(xs, [result.score for result in found], label=cell, **style)
            for x, result in zip(xs, found, strict=True):
                dots = [x] * len(result.scores)
                axes.plot(dots, result.scores, "o", ms=8, mfc="none", color=style["color"])
        axes.set_xscale("log")
        axes.set_xticks(distances, [str(distance) for distance in distances])
        axes.minorticks_off()
        for level, name in ((reach.passed, "learned"), (reach.chance, "chance")):
            axes.axhline(level, lw=0.8, color="gray")
            place = axes.get_yaxis_transform()
            axes.text(0, level, f" {name}", transform=place, va="bottom", color="gray")
        axes.set(title=reach.task, xlabel="distance in steps", ylabel="score", ylim=(-0.03, 1.06))
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        return figure

    return draw


def comparison_bars(comparison: Comparison) -> Draw:
    """Draw perplexity, rate and weights of each entry, best on top; of perplexity every seed."""
    cells = comparison.cells[::-1]
    rows = range(len(cells))

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, (left, middle, right) = pyplot.subplots(
            1, 3, figsize=(9.2, 0.34 * len(cells) + 1.4), sharey=True, width_ratios=(3, 1.6, 1.6)
        )
        seed, mean = line_style(0)["color"], line_style(1)["color"]
        for row, cell in enumerate(cells):
            places = [row] * len(cell.perplexities)
            left.plot(cell.perplexities, places, "o", ms=5, mfc="none", color=seed)
            left.errorbar(cell.perplexity, row, xerr=cell.spread, fmt="D", ms=4, capsize=3,
                          color=mean)  # fmt: skip
        left.set(xlabel="validation perplexity per word")
        left.set_yticks(rows, [cell.cell for cell in cells])
        names = {"o": (seed, "a seed"), "D": (mean, "mean and spread")}
        handles = [left.plot([], [], marker, color=of, mfc="none" if marker == "o" else of,
                             label=name)[0] for marker, (of, name) in names.items()]  # fmt: skip
        figure.legend(handles=handles, frameon=False, loc="outside upper left", ncols=2)
        rates = [cell.words_per_second / 1000 for cell in cells]
        middle.barh(rows, rates, height=0.6, color=seed)
        middle.set(xlabel="thousand words a second")
        right.barh(rows, [cell.parameters / 1000 for cell in cells], height=0.6, color=seed)
        right.set(xlabel="thousand weights")
        for axes in (left, middle, right):
            axes.grid(visible=True, axis="x", lw=0.5)
            axes.set_axisbelow(True)
        return figure

    return draw
