"""Plot of a word map: points in two or three dimensions, labels placed without overlap."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from lmkit.plots.canvas import Axes, Figure, line_style
from lmkit.results.lab_embeddings import WordMap

Draw: TypeAlias = Callable[[Any], Figure]  # from matplotlib's pyplot, which is not typed here
Grid: TypeAlias = npt.NDArray[np.float64]

FONT, LINE, LETTER = 7.5, 9.0, 4.4  # size of a label, its height and a letter's width, in points
RINGS = (3, 8, 14, 21, 29, 38, 48, 60)  # how far from its point a label may stand, in points
DIRECTIONS = np.pi / 8 * np.array([0, 8, 4, -4, 2, -2, 6, -6, 1, -1, 7, -7, 3, -3, 5, -5])


def word_points(drawn: WordMap) -> Draw:
    """Draw words as points, in two or three dimensions."""
    points = np.asarray(drawn.points)
    is_deep = points.shape[1] == 3

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure = pyplot.figure(figsize=(7.4, 5.6))
        axes = figure.add_subplot(projection="3d" if is_deep else None)
        axes.scatter(*points.T, s=9, color=line_style(0)["color"])
        names = [f"component {n} ({share:.0%})" for n, share in enumerate(drawn.explained, start=1)]
        axes.set(xlabel=names[0], ylabel=names[1])
        if is_deep:
            axes.set_zlabel(names[2])
            for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
                axis.pane.set_visible(False)
        else:
            axes.margins(0.08)
        figure.draw_without_rendering()  # only then is known where the points stand on the paper
        _name_points(axes, _flat(axes, points) if is_deep else points, drawn.words)
        return figure

    return draw


def place_labels(points: Grid, words: Sequence[str]) -> Grid:
    """Return the offset of each label's middle from its point.

    Each label takes the nearest place where it covers no point and no label; those that have the
    most neighbours choose first.

    Args:
        points: Where the points stand, shape (words, 2), in points of 1/72 inch.
        words: What is written beside them.

    Returns:
        Shape (words, 2), in the same unit.
    """
    sizes = np.array([_size(word) for word in words])
    low, high = points - 2, points + 2
    near = (np.linalg.norm(points[:, None] - points, axis=-1) < RINGS[-1]).sum(1)
    moved = np.zeros_like(points)
    for number in np.argsort(-near, kind="stable"):
        moves = _moves(sizes[number])
        centres = points[number] + moves
        lowest, highest = centres - sizes[number] / 2, centres + sizes[number] / 2
        overlaps = np.minimum(highest[:, None], high) - np.maximum(lowest[:, None], low)
        best = np.argmin(overlaps.clip(min=0).prod(-1).sum(-1))
        moved[number] = moves[best]
        low, high = np.vstack((low, lowest[best])), np.vstack((high, highest[best]))
    return moved


def _size(word: str) -> Grid:
    return np.array((LETTER * len(word) + 3, LINE))


def _moves(size: Grid) -> Grid:
    """Return the places around a point for a label's middle, the nearest first."""
    around = np.stack((np.cos(DIRECTIONS), np.sin(DIRECTIONS)), axis=-1)
    return np.concatenate([around * (ring + size / 2) for ring in RINGS])


def _flat(axes: Axes, points: Grid) -> Grid:
    """Project points in three dimensions onto the paper, in the units of the axes."""
    from mpl_toolkits.mplot3d import proj3d

    across, up, _ = proj3d.proj_transform(*points.T, axes.get_proj())
    return np.stack((across, up), axis=-1)


def _name_points(axes: Axes, points: Grid, words: Sequence[str]) -> None:
    on_paper = axes.transData.transform(points) * 72 / axes.figure.dpi
    for word, point, move in zip(words, points, place_labels(on_paper, words), strict=True):
        gap = np.max(np.abs(move) - _size(word) / 2)  # from the point to the edge of its label
        line = {"arrowstyle": "-", "lw": 0.5, "color": "gray", "shrinkA": 0, "shrinkB": 2}
        axes.annotate(
            word,
            point,
            move,
            textcoords="offset points",
            fontsize=FONT,
            ha="center",
            va="center",
            arrowprops=line if gap > RINGS[1] / 2 else None,
        )
