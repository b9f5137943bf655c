"""Plot of a network unrolled over a sentence, with states forward and gradients back."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from lmkit.plots.canvas import COLOURS, RISING, Axes, Figure, line_style
from lmkit.results.lab_unroll import Unrolled

Draw: TypeAlias = Callable[[Any], Figure]  # from matplotlib's pyplot, which is not typed here

BOX = 0.62  # width and height of a box; columns and rows stand 1 apart
BACK = COLOURS[1]
SMALLEST = 1e-12  # a gradient that is drawn
LONGEST = 11  # letters of a word


def unrolled_picture(unrolled: Unrolled) -> Draw:
    """Draw one box a layer and word; its colour is the gradient that flows back to it.

    Grey arrows to the right carry the state on, those upwards what is shown to the layer above.
    Back along them flows the gradient, the wider the arrow the more of it. In each box stand the
    lengths of h and c; to the right, what arrives at each weight matrix.
    """
    depths, words = len(unrolled.layers), len(unrolled.words)

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401
        figure, (axes, bars) = pyplot.subplots(
            1, 2, figsize=(1.05 * words + 5.0, 1.15 * depths + 2.6), width_ratios=(words, 3.0)
        )
        flow = _Flow(pyplot, unrolled)
        for depth, layer in enumerate(unrolled.layers, start=1):
            for t, gradient in enumerate(layer.gradient):
                text = f"h {layer.hidden[t]:.2g}\nc {layer.cell[t]:.2g}\n∂ {gradient:.2g}"
                flow.box(axes, (t, depth), gradient, text=text)
                if t:
                    before = layer.gradient[t - 1]
                    flow.arrows(axes, (t - 1 + BOX / 2, depth), (t - BOX / 2, depth), before)
                below = unrolled.inputs[t] if depth == 1 else unrolled.layers[depth - 2].gradient[t]
                flow.arrows(axes, (t, depth - 1 + BOX / 2), (t, depth - BOX / 2), below)
            axes.text(-0.55, depth, f"layer {depth}", ha="right", va="center")
        _words(axes, unrolled, flow)
        label = f"{unrolled.target}?  {unrolled.nats:.2f} nats"
        flow.arrows(axes, (words - 1, depths + BOX / 2), (words - 1, depths + 0.72), flow.most)
        axes.text(words - 1, depths + 0.8, label, ha="right", va="bottom", weight="bold")
        axes.set(xlim=(-1.2, words - 0.4), ylim=(-0.45, depths + 1.15))
        axes.set_axis_off()
        axes.set_title("grey: what flows on; orange: the gradient (∂) that flows back")
        flow.scale_bar(figure, axes)
        _weights(bars, unrolled)
        return figure

    return draw


class _Flow:
    """The scale from gradient norms to colours and widths of arrows."""

    def __init__(self, pyplot: Any, unrolled: Unrolled) -> None:  # noqa: ANN401
        from matplotlib.colors import LogNorm

        values = [*unrolled.inputs, *(v for layer in unrolled.layers for v in layer.gradient)]
        self.least, self.most = (max(of(values), SMALLEST) for of in (min, max))
        norm = LogNorm(self.least, max(self.most, 1.001 * self.least))
        self._scale = pyplot.cm.ScalarMappable(norm=norm, cmap=RISING)

    def share(self, gradient: float) -> float:
        """Return the place of a gradient norm between the least (0) and largest (1)."""
        return float(self._scale.norm(max(gradient, self.least)))

    def box(
        self,
        axes: Axes,
        place: tuple[float, float],
        gradient: float,
        *,
        text: str,
        high: float = BOX,
    ) -> None:
        """Draw a box with its middle at a place."""
        x, y = place
        xs = [x - BOX / 2, x + BOX / 2, x + BOX / 2, x - BOX / 2]
        ys = [y - high / 2, y - high / 2, y + high / 2, y + high / 2]
        colour = self._scale.to_rgba(max(gradient, self.least))
        axes.fill(xs, ys, facecolor=colour, edgecolor="gray", lw=0.8)
        ink = "white" if self.share(gradient) < 0.5 else "black"
        axes.text(x, y, text, ha="center", va="center", fontsize=7.5, color=ink)

    def arrows(
        self, axes: Axes, start: tuple[float, float], end: tuple[float, float], gradient: float
    ) -> None:
        """Draw an arrow for the state from start to end and one for the gradient back."""
        is_level = start[1] == end[1]
        aside = np.array((0.0, 0.09) if is_level else (-0.09, 0.0))
        for tail, head, side, colour, width in (
            (start, end, aside, "gray", 1.2),
            (end, start, -aside, BACK, 0.6 + 2.6 * self.share(gradient)),
        ):
            style = {"arrowstyle": "->", "color": colour, "lw": width, "shrinkA": 1, "shrinkB": 1}
            axes.annotate("", xy=head + side, xytext=tail + side, arrowprops=style)

    def scale_bar(self, figure: Figure, axes: Axes) -> None:
        """Draw the colour bar."""
        bar = figure.colorbar(self._scale, ax=axes, fraction=0.03, pad=0.01)
        marks = np.geomspace(self.least, self._scale.norm.vmax, 4)
        bar.set_ticks(marks, labels=[f"{mark:.1g}" for mark in marks])
        bar.minorticks_off()
        bar.set_label("length of the gradient ∂")


def _words(axes: Axes, unrolled: Unrolled, flow: _Flow) -> None:
    for t, (word, gradient) in enumerate(zip(unrolled.words, unrolled.inputs, strict=True)):
        flow.box(axes, (t, 0.2), gradient, text=f"∂ {gradient:.2g}", high=0.22)
        shown = word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…"
        axes.text(t, 0.0, shown, ha="center", va="top", weight="bold")
    axes.text(-0.55, 0.2, "words", ha="right", va="center")


def _weights(axes: Axes, unrolled: Unrolled) -> None:
    names = [weight.readable_name for weight in unrolled.weights][::-1]
    norms = [weight.norm for weight in unrolled.weights][::-1]
    axes.barh(range(len(names)), norms, height=0.6, color=line_style(0)["color"])
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_title("and at the weights")
    axes.set_xlabel("length of the gradient ∂")
    axes.locator_params(axis="x", nbins=3)
    axes.ticklabel_format(axis="x", scilimits=(-2, 4))
