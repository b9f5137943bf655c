"""Answers of the demonstration: a line a blank, and blanks before and after training on a text."""

import re
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmkit.evaluation.own_blanks import OwnBlank
from lmkit.results import Filled, Filling
from lmkit.terminal.output import on_one_line

_BLANK = re.compile(r"_{3,}")
_RIGHT_STYLE, _BEST_STYLE, _BLANK_STYLE = "bold green", "bold", "cyan"


def filled_blanks(answers: Sequence[Filling]) -> RenderableType:
    """Return a line for each text: its blank, and the best words with their probabilities."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for answer in answers:
        table.add_row(_asked(answer.text), _words(answer.fillings))
    return table


def before_and_after(
    blanks: Sequence[OwnBlank], before: Sequence[Filling], after: Sequence[Filling]
) -> RenderableType:
    """Return three lines for each blank: the sentence, and the words of two models.

    Args:
        blanks: Sentences and the words that stood there, which stand out where they are found.
        before: Answers of the model that training started from.
        after: Answers of the trained model.
    """
    rows: list[RenderableType] = []
    for blank, first, second in zip(blanks, before, after, strict=True):
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        table.add_column(style="dim", width=8)
        table.add_column(overflow="fold")
        table.add_row("before", _words(first.fillings, right=blank.word))
        table.add_row("after", _words(second.fillings, right=blank.word))
        rows += [_asked(blank.text) + Text(f"  ({blank.word})", style="dim"), table]
    return Group(*rows)


def _asked(text: str) -> Text:
    shown = Text(on_one_line(text))
    shown.highlight_regex(_BLANK, style=_BLANK_STYLE)
    return shown


def _words(fillings: Sequence[Filled], *, right: str = "") -> Text:
    """Return words with their probabilities; the right one stands out, or else the first."""
    shown = Text()
    for number, filled in enumerate(fillings):
        word = " ".join(filled.words)
        style = _BEST_STYLE if not right and number == 0 else ""
        style = _RIGHT_STYLE if word.casefold() == right.casefold() else style
        shown.append(" · " if number else "", style="dim")
        shown.append(on_one_line(word), style=style)
        shown.append(f" {filled.probability:.0%}", style="dim")
    return shown
