"""The picture of a network unrolled over a sentence: boxes, what flows on, and what flows back."""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from lmkit.lab.canvas import RISING, Axes, Figure, line_style
from lmkit.lab.unroll import Unrolled

Draw: TypeAlias = Callable[[Any], Figure]  # from matplotlib's pyplot, which is not typed here

BOX = 0.62  # width and height of a box; columns and rows stand 1 apart


def unrolled_picture(unrolled: Unrolled) -> Draw:
    """Draw one box a layer and word; its colour is the gradient that flows back to it, as a power.

    Arrows to the right carry the memory on, arrows upwards what is shown to the layer above. In
    each box stand the lengths of h and c; to the right, what arrives at each weight matrix.
    """
    depths, words = len(unrolled.layers), len(unrolled.words)

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, (axes, bars) = pyplot.subplots(
            1, 2, figsize=(1.05 * words + 4.2, 1.15 * depths + 2.0), width_ratios=(words, 3.2)
        )
        colour_of, scale = _colours(pyplot, unrolled)
        for depth, layer in enumerate(unrolled.layers):
            for t in range(words):
                _box(axes, t, depth + 1, colour_of(layer.gradient[t]))
                ink = "white" if scale.norm(_power(layer.gradient[t])) < 0.55 else "black"
                text = f"h {layer.hidden[t]:.2g}\nc {layer.cell[t]:.2g}"
                axes.text(t, depth + 1, text, ha="center", va="center", fontsize=7.5, color=ink)
                if t:
                    _arrow(axes, (t - 1 + BOX / 2, depth + 1), (t - BOX / 2, depth + 1))
                _arrow(axes, (t, depth + 1 - (1 - BOX / 2)), (t, depth + 1 - BOX / 2))
        _words(axes, unrolled, colour_of)
        _arrow(axes, (words - 1, depths + BOX / 2), (words - 1, depths + 0.72))
        label = f"{unrolled.target}?  {unrolled.nats:.2f} nats"
        axes.text(words - 1, depths + 0.8, label, ha="right", va="bottom", weight="bold")
        axes.set(xlim=(-0.6, words - 0.4), ylim=(-0.6, depths + 1.15))
        axes.set_axis_off()
        axes.set_title("what the memory holds, coloured by the gradient that flows back")
        figure.colorbar(scale, ax=axes, fraction=0.03, label="log10 of the gradient")
        _weights(bars, unrolled)
        return figure

    return draw


def _colours(pyplot: Any, unrolled: Unrolled) -> tuple[Callable[[float], Any], Any]:  # noqa: ANN401
    powers = [_power(value) for layer in unrolled.layers for value in layer.gradient]
    powers += [_power(value) for value in unrolled.inputs]
    scale = pyplot.cm.ScalarMappable(
        norm=pyplot.Normalize(min(powers), max(powers) + 1e-6), cmap=RISING
    )
    return lambda value: scale.to_rgba(_power(value)), scale


def _power(value: float) -> float:
    return math.log10(max(value, 1e-12))


def _box(axes: Axes, x: float, y: float, colour: object) -> None:
    xs = [x - BOX / 2, x + BOX / 2, x + BOX / 2, x - BOX / 2]
    ys = [y - BOX / 2, y - BOX / 2, y + BOX / 2, y + BOX / 2]
    axes.fill(xs, ys, facecolor=colour, edgecolor="gray", lw=0.8)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "->", "color": "gray", "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=style)


def _words(axes: Axes, unrolled: Unrolled, colour_of: Callable[[float], object]) -> None:
    for t, (word, gradient) in enumerate(zip(unrolled.words, unrolled.inputs, strict=True)):
        axes.fill(
            [t - BOX / 2, t + BOX / 2, t + BOX / 2, t - BOX / 2],
            [0.12, 0.12, 0.3, 0.3],
            facecolor=colour_of(gradient),
            edgecolor="gray",
            lw=0.8,
        )
        axes.text(t, 0.02, word, ha="center", va="top", weight="bold")
        axes.text(t, -0.3, f"{gradient:.1e}", ha="center", va="top", fontsize=7)


def _weights(axes: Axes, unrolled: Unrolled) -> None:
    names = [_short(weight.name) for weight in unrolled.weights][::-1]
    norms = [weight.norm for weight in unrolled.weights][::-1]
    axes.barh(range(len(names)), norms, height=0.6, color=line_style(0)["color"])
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_title("and at the weights")
    axes.set_xlabel("length of the gradient")


def _short(name: str) -> str:
    """Turn `layers.0.weight_input` into `1 weight_input`."""
    _, number, rest = name.split(".", 2)
    return f"{int(number) + 1} {rest}"
