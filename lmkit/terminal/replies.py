"""Replies of a session, drawn for a terminal."""

from rich.console import Group, RenderableType
from rich.text import Text

from lmkit.results import Filling, GateTrace, NextWords, Result, Score
from lmkit.session import Reply
from lmkit.terminal import heat, render
from lmkit.terminal.output import visible


def draw(reply: Reply) -> RenderableType | None:
    """Return the picture of a reply; None where there is nothing to show."""
    parts: list[RenderableType] = []
    if reply.message:
        style = "bold" if reply.kind == "error" else ""
        parts.append(Text(visible(reply.message), style=style))
    if reply.kind == "picked":
        parts.append(Text(visible(reply.text), style="bold"))
    if reply.continuation is not None:
        parts.append(_continued(reply.text, reply.continuation.text))
    if reply.result is not None and reply.other_result is not None:
        parts += _compared(reply, reply.result, reply.other_result)
    elif reply.result is not None:
        parts.append(_result(reply.result))
    return Group(*parts) if parts else None


def _compared(reply: Reply, result: Result, other: Result) -> list[RenderableType]:
    """Return both answers under the names of their models, numbered through."""
    return [
        Text(visible(reply.model), style="dim"),
        _result(result),
        Text(visible(reply.other), style="dim"),
        _result(other, first=1 + _count(result)),
    ]


def _count(result: Result) -> int:
    """Return the number of answers to pick from."""
    if isinstance(result, Filling):
        return len(result.fillings)
    return len(result.words) if isinstance(result, NextWords) else 0


def _result(result: Result, *, first: int = 1) -> RenderableType:
    if isinstance(result, Filling):
        return render.filling(result, first=first)
    if isinstance(result, NextWords):
        return render.next_words(result, first=first)
    if isinstance(result, Score):
        return render.surprisal(result)
    if isinstance(result, GateTrace):
        return heat.trace(result)
    raise TypeError(f"no picture of {type(result).__name__}")


def _continued(prompt: str, text: str) -> Text:
    prompt, text = visible(prompt), visible(text)
    if text.startswith(prompt):
        return Text.assemble((prompt, "dim"), text[len(prompt) :])
    return Text(text)
