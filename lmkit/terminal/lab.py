"""The lab in a terminal: unrolled networks, gradients over distance, interventions."""

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmkit.results.lab_experiments import GradientReach
from lmkit.results.lab_gates import Effect
from lmkit.results.lab_unroll import Unrolled
from lmkit.terminal.output import on_one_line, visible
from lmkit.terminal.render import bar, sparkline

_SHADES = "▁▂▃▄▅▆▇█"
_COLUMNS = 6  # words side by side: fits 80 columns
_CURVE = 40  # most columns of a curve
_LABEL = 35  # most columns of a label
_WIDTH = 55  # columns of label and curve together: what 80 leave beside the figures
_FLOOR = 1e-12  # what is left of a gradient that has vanished


def unrolled(answer: Unrolled) -> RenderableType:
    """Return the network over the words: state flowing right, the gradient flowing back left."""
    parts: list[RenderableType] = [
        Text(f"back from {answer.target!r}: {answer.nats:.2f} nats", style="bold")
    ]
    starts = range(0, len(answer.words), _COLUMNS)
    parts += [_block(answer, slice(start, start + _COLUMNS)) for start in starts]
    parts.append(_weights(answer))
    return Group(*parts)


def gradients(answer: GradientReach) -> RenderableType:
    """Return a curve for each line on a logarithmic scale, and the distance at which 1% is left."""
    labels = [visible(line.label) for line in answer.lines]
    width = min(_LABEL, max(map(len, labels), default=0))
    columns = min(_CURVE, _WIDTH - width)
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("cell", no_wrap=True, overflow="ellipsis", max_width=width)
    table.add_column(f"0 ... {answer.length} steps back", no_wrap=True)
    for heading in ("last", "1% at", "score"):
        table.add_column(heading, justify="right")
    curves = [[math.log10(max(value, _FLOOR)) for value in line.state] for line in answer.lines]
    ends = [end for curve in curves for end in (min(curve), max(curve))]
    for label, line, curve in zip(labels, answer.lines, curves, strict=True):
        reach = line.reach()
        table.add_row(
            Text(label, style="bold"),
            Text(sparkline(_sampled(curve, columns), columns, scale_of=ends), style="cyan"),
            f"{line.state[-1]:.1e}",
            str(reach) if reach < len(line.state) else f"> {answer.length}",
            "" if line.score is None else f"{line.score:.2f}",
        )
    note = "gradient of the last state by the state k steps before, 1 at k = 0, log scale"
    return Group(table, Text(note, style="dim"))


def effect(answer: Effect) -> RenderableType:
    """Return the prediction before and after an intervention, word by word side by side."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for heading in ("", "before", "", "after", ""):
        table.add_column(heading, no_wrap=True)
    for word in answer.moved:
        name = Text(on_one_line(word.word).strip() or "␠", style="bold")
        table.add_row(name, *_probability(word.before), *_probability(word.after))
    moved = Text(f"the prediction moved by {answer.divergence:.3f} bits", style="dim")
    return Group(table, moved)


def _block(answer: Unrolled, columns: slice) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", style="dim", no_wrap=True)
    for word in answer.words[columns]:
        table.add_column(Text(on_one_line(word).strip()), width=9, no_wrap=True)
    for number in range(len(answer.layers), 0, -1):
        layer = answer.layers[number - 1]
        for name, values in (("cell", layer.cell), ("hidden", layer.hidden)):
            _row(table, f"layer {number} {name}", values, columns, arrow="→")
        _row(table, f"layer {number} gradient", layer.gradient, columns, arrow="←")
    _row(table, "words gradient", answer.inputs, columns, arrow="←")
    return table


def _row(table: Table, name: str, values: Sequence[float], columns: slice, *, arrow: str) -> None:
    highest = max(values, default=0.0) or 1.0
    style = "cyan" if arrow == "→" else "magenta"
    cells = []
    for value in values[columns]:
        shade = _SHADES[min(7, int(value / highest * 7.99))]
        cells.append(Text.assemble((shade, style), f" {_short(value)}", (arrow, "dim")))
    table.add_row(name, *cells)


def _short(value: float) -> str:
    """Return a number in at most six characters."""
    shown = f"{value:.2g}".replace("e-0", "e-")
    return shown if len(shown) <= 6 else f"{value:.0e}".replace("e-0", "e-")


def _weights(answer: Unrolled) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    highest = max((weight.norm for weight in answer.weights), default=1.0) or 1.0
    for weight in answer.weights:
        share = Text(bar(weight.norm / highest, 20), style="magenta")
        table.add_row(Text(weight.readable_name, style="dim"), _short(weight.norm), share)
    return Group(Text("gradient of each parameter", style="bold"), table)


def _probability(value: float) -> tuple[str, Text]:
    return f"{value:6.1%}", Text(bar(value, 16).ljust(16), style="cyan")


def _sampled(values: Sequence[float], width: int) -> list[float]:
    if len(values) <= width:
        return list(values)
    return [values[index * (len(values) - 1) // (width - 1)] for index in range(width)]
