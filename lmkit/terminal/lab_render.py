"""Tasks, comparisons, units and words of the lab in a terminal, in 80 columns."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmkit.results.lab_embeddings import Neighbours, WordMap
from lmkit.results.lab_experiments import Comparison, TaskReach
from lmkit.results.lab_gates import StrongUnits
from lmkit.terminal.output import on_one_line
from lmkit.terminal.render import bar

_MAP_WIDTH, _MAP_HEIGHT = 76, 22
_STYLE = "cyan"


def strongest(found: StrongUnits) -> RenderableType:
    """Return a table of the strongest units at a word."""
    table = _table("layer", "unit", "hidden", "cell", "")
    for unit in found.units:
        size = Text(bar(abs(unit.hidden), 24), style=_STYLE)
        cell = "-" if unit.cell is None else f"{unit.cell:+.3f}"
        table.add_row(str(unit.layer), str(unit.unit), f"{unit.hidden:+.3f}", cell, size)
    return Group(Text(f"strongest units at {on_one_line(found.word)!r}", style="bold"), table)


def tasks(found: TaskReach) -> RenderableType:
    """Return a row for each cell: its score at each distance, bold where it learned."""
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
    seeds = max((len(result.scores) for result in found.results), default=1)
    median = f", median of {seeds} seeds" if seeds > 1 else ""
    note = f"score after {found.steps} steps{median}; learned from {found.passed:g} on"
    return Group(table, Text(note, style="dim"))


def comparison(found: Comparison) -> RenderableType:
    """Return a table with a row for each entry, best first."""
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
    """Return a map of words: the first component across, each further one upwards."""
    ups = range(1, len(found.explained))
    return Group(*(part for up in ups for part in _map_of(found, up)))


def _map_of(found: WordMap, up: int) -> Iterator[Text]:
    """Draw one component upwards; what overlaps is left out."""
    grid = [[" "] * _MAP_WIDTH for _ in range(_MAP_HEIGHT)]
    xs, ys = (_scaled([point[of] for point in found.points]) for of in (0, up))
    left_out = 0
    for word, x, y in zip(map(on_one_line, found.words), xs, ys, strict=True):
        row = grid[round((1 - y) * (_MAP_HEIGHT - 1))]
        start = max(0, round(x * (_MAP_WIDTH - len(word))))
        place = slice(max(0, start - 1), start + len(word) + 1)
        if len(word) > _MAP_WIDTH or "".join(row[place]).strip():
            left_out += 1
            continue
        row[start : start + len(word)] = list(word)
    yield from (Text("".join(row).rstrip()) for row in grid)
    across, upwards = found.explained[0], found.explained[up]
    note = f"across: component 1 ({across:.0%} of the variance), up: {up + 1} ({upwards:.0%})"
    note += f"; {left_out} words stand behind others" if left_out else ""
    yield Text(note, style="dim")


def _scaled(values: Iterable[float]) -> list[float]:
    found = list(values)
    low, high = min(found, default=0.0), max(found, default=1.0)
    return [(value - low) / ((high - low) or 1.0) for value in found]


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table
