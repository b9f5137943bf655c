"""What the lab found, as a person sees it in 80 columns: results in, what rich prints out."""

import math
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmkit.lab.embeddings import Neighbours, WordMap
from lmkit.lab.gates import StrongUnit
from lmkit.lab.gradients import GradientReach
from lmkit.lab.interventions import Effect
from lmkit.lab.tasks import TaskReach
from lmkit.lab.unroll import Unrolled
from lmkit.lab.variants import Comparison
from lmkit.terminal.output import on_one_line
from lmkit.terminal.render import bar

_SHADES = " ▁▂▃▄▅▆▇█"
_MAP_WIDTH, _MAP_HEIGHT = 76, 22
_STYLE = "cyan"


def effect(found: Effect) -> RenderableType:
    """Return the next words before and after an intervention, side by side."""
    table = _table("", "before", "", "after", "")
    for number in range(max(len(found.before), len(found.after))):
        cells: list[RenderableType] = [str(number + 1)]
        for guesses in (found.before, found.after):
            if number < len(guesses):
                guess = guesses[number]
                word = Text(on_one_line(guess.word), style="bold", overflow="ellipsis")
                cells += [word, f"{guess.probability:6.1%} {bar(guess.probability, 12):<12}"]
            else:
                cells += ["", ""]
        table.add_row(*cells)
    moved = Text(f"the prediction moved by {found.divergence:.3f} bits", style="dim")
    return Group(table, moved)


def strongest(units: Sequence[StrongUnit], word: str) -> RenderableType:
    """Return the units that showed most at a word."""
    table = _table("layer", "unit", "hidden", "cell", "")
    for unit in units:
        size = Text(bar(abs(unit.hidden), 24), style=_STYLE)
        row = (str(unit.layer), str(unit.unit), f"{unit.hidden:+.3f}", f"{unit.cell:+.3f}")
        table.add_row(*row, size)
    return Group(Text(f"strongest units at {on_one_line(word)!r}", style="bold"), table)


def unrolled(found: Unrolled) -> RenderableType:
    """Return a row a word: the lengths of the states, and the gradient that flows back to it."""
    most = max((g for layer in found.layers for g in layer.gradient), default=1.0)
    lines: list[RenderableType] = [
        Text(f"predicting {on_one_line(found.target)!r} cost {found.nats:.2f} nats", style="bold")
    ]
    for number, layer in enumerate(found.layers, start=1):
        lines.append(Text(f"layer {number}", style="bold"))
        table = _table("word", "|h|", "|c|", "gradient", "", *layer.gates)
        for t, word in enumerate(found.words):
            flows = Text(bar(_on_log_axis(layer.gradient[t], most), 18), style=_STYLE)
            gates = (f"{values[t]:.2f}" for values in layer.gates.values())
            table.add_row(
                Text(on_one_line(word), overflow="ellipsis"),
                f"{layer.hidden[t]:.2f}",
                f"{layer.cell[t]:.2f}",
                f"{layer.gradient[t]:.1e}",
                flows,
                *gates,
            )
        lines.append(table)
    lines.append(_weights(found))
    lines.append(Text("bars: six powers of ten; gates: mean over the units", style="dim"))
    return Group(*lines)


def gradients(found: GradientReach) -> RenderableType:
    """Return a row a line: the gradient over the distance, in powers of ten."""
    width = 34
    table = _table("", f"k = 0 to {found.length}", f"at k = {found.length}", "1% left at", "score")
    for line in found.lines:
        reach = line.reach()
        table.add_row(
            Text(line.label, overflow="fold"),
            Text(_fading(line.memory, width), style=_STYLE),
            f"{line.memory[-1]:.1e}",
            f"k = {reach}" if reach < len(line.memory) else f"> {found.length}",
            "" if line.score is None else f"{line.score:.2f}",
        )
    note = Text("full height: 1 or more; each eighth less: one power of ten", style="dim")
    return Group(table, note)


def tasks(found: TaskReach) -> RenderableType:
    """Return a row a cell: its score at each distance, bold where it learned."""
    distances = sorted({result.distance for result in found.results})
    table = _table(found.task, *map(str, distances), "reach")
    for cell in dict.fromkeys(result.cell for result in found.results):
        scores = {r.distance: r for r in found.results if r.cell == cell}
        row = [
            Text(f"{scores[d].score:.2f}", style="bold" if scores[d].learned else "dim")
            if d in scores
            else Text("")
            for d in distances
        ]
        table.add_row(cell, *row, Text(str(found.reach(cell) or "-")))
    note = f"score after {found.steps} steps; learned from {found.passed:g} on"
    return Group(table, Text(note, style="dim"))


def comparison(found: Comparison) -> RenderableType:
    """Return a row an entry, best first."""
    table = _table("cell", "perplexity", "spread", "words/s", "words", "parameters")
    for cell in found.cells:
        table.add_row(
            Text(cell.cell, overflow="fold"),
            f"{cell.perplexity:.2f}",
            f"± {cell.spread:.2f}" if len(found.seeds) > 1 else "",
            f"{cell.words_per_second:,.0f}",
            f"{cell.words:,}",
            f"{cell.parameters:,}",
        )
    seeds = f"{len(found.seeds)} seeds" if len(found.seeds) > 1 else "one seed"
    return Group(table, Text(f"validation perplexity per word, mean of {seeds}", style="dim"))


def neighbours(found: Neighbours) -> RenderableType:
    """Return the nearest words with a bar for each similarity."""
    table = _table("", "", "")
    for neighbour in found.neighbours:
        table.add_row(
            Text(on_one_line(neighbour.word), style="bold"),
            f"{neighbour.similarity:.3f}",
            Text(bar(neighbour.similarity, 30), style=_STYLE),
        )
    return Group(Text(on_one_line(found.query), style="bold"), table)


def word_map(found: WordMap) -> RenderableType:
    """Return the words where they stand in the first two dimensions; what overlaps is left out."""
    grid = [[" "] * _MAP_WIDTH for _ in range(_MAP_HEIGHT)]
    xs, ys = _scaled([p[0] for p in found.points]), _scaled([p[1] for p in found.points])
    left_out = 0
    for word, x, y in zip(map(on_one_line, found.words), xs, ys, strict=True):
        row = grid[round((1 - y) * (_MAP_HEIGHT - 1))]
        start = max(0, round(x * (_MAP_WIDTH - len(word))))
        place = slice(max(0, start - 1), start + len(word) + 1)
        if len(word) > _MAP_WIDTH or "".join(row[place]).strip():
            left_out += 1
            continue
        row[start : start + len(word)] = list(word)
    shares = ", ".join(f"{share:.0%}" for share in found.explained)
    note = f"components hold {shares} of the variance"
    note += f"; {left_out} words stand behind others" if left_out else ""
    return Group(*(Text("".join(row).rstrip()) for row in grid), Text(note, style="dim"))


def _weights(found: Unrolled) -> RenderableType:
    most = max((weight.norm for weight in found.weights), default=1.0)
    table = _table("weights", "gradient", "")
    for weight in found.weights:
        flows = Text(bar(_on_log_axis(weight.norm, most), 18), style=_STYLE)
        table.add_row(weight.name, f"{weight.norm:.1e}", flows)
    return table


def _on_log_axis(value: float, most: float) -> float:
    """Return where a value stands on six powers of ten below `most`, 0..1."""
    if value <= 0 or most <= 0:
        return 0.0
    return max(0.0, 1 + math.log10(value / most) / 6)


def _fading(values: Sequence[float], width: int) -> str:
    places = [round(i * (len(values) - 1) / max(1, width - 1)) for i in range(width)]
    powers = [math.log10(max(values[place], 1e-30)) for place in places]
    return "".join(_SHADES[round(max(0, min(8, 8 + power)))] for power in powers)


def _scaled(values: Iterable[float]) -> list[float]:
    found = list(values)
    low, high = min(found, default=0.0), max(found, default=1.0)
    return [(value - low) / ((high - low) or 1.0) for value in found]


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table
