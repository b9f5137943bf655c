"""Benchmark figures as rows of a table, each shown as soon as it is measured."""

from rich.console import RenderableType
from rich.table import Table

from lmkit.bench.asking import LEFT, RIGHT, TOGETHER
from lmkit.bench.everything import Figures
from lmkit.results.bench import (
    FillingFigures,
    GenerationFigures,
    Machine,
    NextWordFigures,
    ScoringFigures,
    Subject,
    TrainingFigures,
)
from lmkit.terminal.output import visible

Row = tuple[str, str, str, str]  # what, how much, of what, and what to compare it with


def figures(found: Figures) -> RenderableType:
    """Return the rows of one kind of figures; the columns of all kinds are equally wide."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(width=14, no_wrap=True)
    table.add_column(width=9, justify="right", style="bold", no_wrap=True)
    table.add_column(width=8, no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    for row in _rows(found):
        table.add_row(*row)
    return table


def _rows(found: Figures) -> list[Row]:
    match found:
        case Subject():
            return [("model", f"{found.parameters:,}", "weights", visible(found.source))]
        case Machine():
            threads = "1 thread" if found.threads == 1 else f"{found.threads} threads"
            used = f"float32, {threads}, torch {found.torch}"
            return [
                ("matrix product", f"{found.gflops:,.0f}", "GFLOP/s", used),
                *_bfloat16(found),
                ("copy", f"{found.copy_gb_per_second:.1f}", "GB/s", "read and written"),
            ]
        case TrainingFigures():
            share = f"full softmax: {found.matrix_product_share:.0%} of the matrix product"
            return [
                ("training", _rate(found.default_words_per_second), "words/s", "as lmkit trains"),
                ("", _rate(found.words_per_second), "words/s", share),
            ]
        case NextWordFigures():
            share = f"{found.bandwidth_share:.0%} of it fetching the weights"
            return [
                ("next word", _time(found.p50_ms), "ms", f"median; {share}"),
                ("", _time(found.p95_ms), "ms", "95 of 100 are quicker"),
            ]
        case GenerationFigures():
            return [
                ("generation", _rate(found.words_per_second), "words/s", "one text"),
                ("", _rate(found.together_words_per_second), "words/s", f"{TOGETHER} side by side"),
            ]
        case FillingFigures():
            around = f"a blank between {LEFT} words and {RIGHT}"
            return [("filling", _time(found.p50_ms), "ms", around)]
        case ScoringFigures():
            share = f"one long text: {found.matrix_product_share:.0%} of the matrix product"
            return [
                ("scoring", _rate(found.words_per_second), "words/s", share),
                ("", _rate(found.lines_words_per_second), "words/s", "line by line"),
            ]


def _bfloat16(found: Machine) -> list[Row]:
    if found.bfloat16_gflops is None:
        return []
    return [("", f"{found.bfloat16_gflops:,.0f}", "GFLOP/s", "bfloat16, in which cells train")]


def _rate(value: float) -> str:
    return f"{value:,.0f}"


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.2f}" if milliseconds < 10 else f"{milliseconds:,.0f}"
