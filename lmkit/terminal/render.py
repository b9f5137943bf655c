"""Tables and bars of answers for a terminal of 80 columns, in light and dark.

Takes results and returns renderables of rich. Off a terminal the same tables come out plain.
"""

import re
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmkit.results import Filling, NextWords, Score, Trained
from lmkit.terminal.output import on_one_line, visible

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SHADES = " ▁▂▃▄▅▆▇█"
_BAR_STYLE = "cyan"
_READABLE = 1e9  # larger perplexities are those of words as long as lines
_BLANK = re.compile(r"\w*?_{3,}\+?")


def bar(fraction: float, width: int) -> str:
    """Return a bar that fills a fraction (0..1) of `width` columns, to an eighth of a column."""
    eighths = round(max(0.0, min(fraction, 1.0)) * width * 8)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def sparkline(
    values: Sequence[float], width: int, *, scale_of: Sequence[float] | None = None
) -> str:
    """Return the last values as one line of blocks.

    Args:
        values: The values drawn, oldest first.
        width: Most columns.
        scale_of: Values whose least and greatest are the lowest and highest block; those drawn
            when left out.

    Returns:
        One block a value.
    """
    shown = list(values)[-width:]
    if not shown:
        return ""
    low, high = min(scale_of or shown), max(scale_of or shown)
    scale = (high - low) or 1.0
    return "".join(_SHADES[1 + round((value - low) / scale * 7)] for value in shown)


def next_words(answer: NextWords, *, first: int = 1) -> RenderableType:
    """Return the words as a table with a bar for each probability, numbered from `first`."""
    if not answer.words:
        return Text("no word of the vocabulary fits", style="italic")
    best = max(guess.probability for guess in answer.words) or 1.0
    table = _table()
    for number, guess in enumerate(answer.words, start=first):
        table.add_row(
            str(number),
            Text(on_one_line(guess.word), style="bold", overflow="ellipsis"),
            _percent(guess.probability),
            Text(bar(guess.probability / best, 24), style=_BAR_STYLE),
        )
    return table


def filling(answer: Filling, *, first: int = 1) -> RenderableType:
    """Return the filled texts, numbered from `first`, with the words put in standing out."""
    if not answer.fillings:
        return Text("no word of the vocabulary fits", style="italic")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for number, filled in enumerate(answer.fillings, start=first):
        table.add_row(
            str(number),
            _percent(filled.probability),
            _with_words(filled.text, filled.words, blanked=answer.text),
        )
    return table


def surprisal(answer: Score) -> RenderableType:
    """Return one row a word: its surprisal in bits as a bar, and its rank."""
    table = Table(box=None, show_header=True, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("word", overflow="ellipsis", max_width=24, no_wrap=True)
    table.add_column("bits", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, width=30)
    table.add_column("rank", justify="right", no_wrap=True)
    highest = max((word.surprisal for word in answer.words), default=1.0) or 1.0
    for word in answer.words:
        table.add_row(
            Text(on_one_line(word.word), style="italic" if word.unknown else "bold"),
            f"{word.surprisal:.1f}",
            Text(bar(word.surprisal / highest, 30), style=_BAR_STYLE),
            "unknown" if word.unknown else str(word.rank),
        )
    total = Text(
        f"{answer.bits:.1f} bits, perplexity {perplexity(answer.perplexity, 1)} per word",
        style="dim",
    )
    return Group(table, total)


def card(title: str, facts: Mapping[str, object]) -> RenderableType:
    """Return facts as an aligned list; nested facts are indented below their name."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in flat(facts):
        table.add_row(Text(name, style="dim"), Text(visible(value)))
    return Group(Text(visible(title), style="bold"), table)


def trained(answer: Trained) -> RenderableType:
    """Return the figures of a training run."""
    adapted = answer.perplexity_adapted
    facts = {
        "validation perplexity": f"{perplexity(answer.perplexity, 2)} per word",
        **({} if adapted is None else {"with adapters": f"{perplexity(adapted, 2)} per word"}),
        "read": f"{_read(answer)} in {counted(answer.steps, 'step')}, {duration(answer.seconds)}",
        "rate": f"{answer.words_per_second:,.0f} words/s",
        "parameters": f"{answer.parameters:,}",
        "stopped": answer.stopped,
    }
    return card(answer.out, facts)


def _read(answer: Trained) -> str:
    """Return the words read of the text, or the number of times all of it was read."""
    words = answer.words_per_second * answer.seconds
    if words < answer.words:
        return f"{words:,.0f} of {answer.words:,} words"
    return f"{answer.words:,} words, {words / answer.words:,.1f} times,"


def counted(number: int, name: str) -> str:
    """Return a number of things, e.g. 1 line or 2,000 lines."""
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"


def flat(facts: Mapping[str, object], depth: int = 0) -> list[tuple[str, str]]:
    """Return facts as rows of name and value, nested ones indented."""
    rows: list[tuple[str, str]] = []
    for name, value in facts.items():
        label = "  " * depth + str(name).replace("_", " ")
        if value is None or value in ({}, [], ()):
            continue
        if isinstance(value, Mapping):
            rows += [(label, ""), *flat(value, depth + 1)]
        else:
            rows.append((label, plain_value(value)))
    return rows


def plain_value(value: object) -> str:
    """Return a value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:,.5g}" if abs(value) < 1000 else f"{value:,.1f}"
    if isinstance(value, list | tuple):
        return ", ".join(plain_value(item) for item in value)
    return "-" if value is None else str(value)


def duration(seconds: float) -> str:
    """Return a time as 45 s, 3:05 or 1:02:03."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _table() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True, max_width=36, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    return table


def _percent(probability: float) -> str:
    return f"{probability:.1%}" if probability >= 0.0005 else f"{probability:.0e}"


def _with_words(text: str, words: Sequence[str], *, blanked: str) -> Text:
    """Return the text with each word, searched from where its blank stood, standing out."""
    shown = Text(on_one_line(text))
    between = _BLANK.split(on_one_line(blanked).lstrip())
    at = 0
    for word, before in zip(map(on_one_line, words), between, strict=False):
        found = shown.plain.find(word, at + len(before))
        if word and found >= 0:
            shown.stylize("bold cyan", found, found + len(word))
            at = found + len(word)
    return shown


def perplexity(value: float, places: int) -> str:
    """Return a perplexity with so many places, or in short where it is too long to read."""
    return f"{value:,.{places}f}" if value < _READABLE else f"{value:.3g}"
