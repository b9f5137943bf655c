"""Gates over words as heat lines: a row for each gate, a column for each word."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmkit.results import GateTrace, LayerTrace
from lmkit.terminal.output import on_one_line

_SHADES = "▁▂▃▄▅▆▇█"
_COLUMNS = 8  # words side by side: fits 80 columns
_WIDTH = 8

Values = Sequence[Sequence[float]]  # word x unit


def trace(answer: GateTrace) -> RenderableType:
    """Return the mean of every gate over the units, word by word, layer by layer.

    Below the gates stand the candidate and both states by mean size, and then how many units hold
    a gate open (above 0.9) or closed (below 0.1).
    """
    parts: list[RenderableType] = []
    if not answer.words:
        return Text("no word was read", style="italic")
    for number, layer in enumerate(answer.layers, start=1):
        rows = {**dict(_means(layer.gates)), **dict(_sizes(layer))}
        parts.append(Text(_heading(number, layer), style="bold"))
        starts = range(0, len(answer.words), _COLUMNS)
        parts += [_block(answer.words, rows, slice(start, start + _COLUMNS)) for start in starts]
        parts += [Text(line, style="dim") for line in _open_fractions(layer.gates)]
    return Group(*parts)


def _heading(number: int, layer: LayerTrace) -> str:
    return f"layer {number}: mean over {len(layer.hidden[0])} units, of states the mean size"


def _block(
    words: Sequence[str], rows: Mapping[str, Sequence[float]], columns: slice
) -> RenderableType:
    table = Table(box=None, show_header=True, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", style="dim", width=9, no_wrap=True)
    for word in words[columns]:
        heading = Text(on_one_line(word).strip() or "␠", style="bold")
        table.add_column(heading, width=_WIDTH - 1, no_wrap=True, overflow="ellipsis")
    for name, values in rows.items():
        table.add_row(name, *(_cell(value) for value in values[columns]))
    return table


def _cell(value: float) -> Text:
    shade = _SHADES[min(7, int(max(0.0, min(value, 1.0)) * 8))]
    return Text.assemble((shade * 2, "cyan"), f" {value:.2f}")


def _means(gates: Mapping[str, Values]) -> Iterator[tuple[str, list[float]]]:
    for name, values in gates.items():
        yield name, [sum(units) / len(units) for units in values]


def _sizes(layer: LayerTrace) -> Iterator[tuple[str, list[float]]]:
    for name in ("candidate", "cell", "hidden"):
        values: Values = getattr(layer, name)
        yield name, [sum(map(abs, units)) / len(units) for units in values]


def _open_fractions(gates: Mapping[str, Values]) -> Iterator[str]:
    for name, values in gates.items():
        flat = [value for units in values for value in units]
        opened = sum(value > 0.9 for value in flat) / len(flat)
        closed = sum(value < 0.1 for value in flat) / len(flat)
        yield f"{name}: open (> 0.9) {opened:.0%}, closed (< 0.1) {closed:.0%}"
