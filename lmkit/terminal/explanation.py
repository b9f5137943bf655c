"""Explanations of fillings as a table: bits of the left side and of each word on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from lmkit.results import FillExplanation, Filling, Result, WordBits
from lmkit.terminal import render
from lmkit.terminal.output import on_one_line


@dataclass(frozen=True, slots=True)
class Explained(Result):
    """Fillings, and the explanation of each."""

    filling: Filling
    why: tuple[FillExplanation, ...]

    @override
    def to_dict(self) -> dict[str, object]:
        return {**self.filling.to_dict(), "why": [why.to_dict() for why in self.why]}


def explained(answer: Explained) -> RenderableType:
    """Return the fillings, then a row a filling: its bits word by word; fewer are likelier."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("", justify="right", style="dim", no_wrap=True)
    table.add_column("bits", justify="right", no_wrap=True)
    if any(why.backward_bits is not None for why in answer.why):
        table.add_column("backward", justify="right", no_wrap=True)
    table.add_column("left side", overflow="fold")
    table.add_column("each word on the right", overflow="fold")
    for number, why in enumerate(answer.why, start=1):
        bits = [f"{why.bits:.1f}"]
        if why.backward_bits is not None:
            bits.append(f"{why.backward_bits:.1f}")
        table.add_row(str(number), *bits, _worded(why.blanks, "bold"), _worded(why.right, ""))
    note = Text("surprisal in bits; fewer bits: more likely", style="dim")
    return Group(render.filling(answer.filling), Text(""), table, note)


def explained_on_a_line(answer: Explained) -> str:
    """Return the best text and its bits word by word, on one line."""
    if not answer.why:
        return on_one_line(answer.filling.text)
    why = answer.why[0]
    return f"{on_one_line(why.text)}\t{_worded((*why.blanks, *why.right), '')}"


def _worded(words: Sequence[WordBits], style: str) -> Text:
    text = Text()
    for place, word in enumerate(words):
        text.append("  " if place else "")
        text.append(on_one_line(word.word), style=style)
        text.append(f" {word.bits:.1f}", style="dim")
    return text
