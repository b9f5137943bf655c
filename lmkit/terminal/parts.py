"""Progress of work that is done in parts: a bar on a terminal, a few lines elsewhere."""

import time
from collections.abc import Iterable
from typing import TextIO

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lmkit.data.parts.prepare import PartsDone, Preparation
from lmkit.terminal.output import console, is_live, say

_PLAIN_INTERVAL = 10.0  # seconds between two plain lines
_NAMES = {"count": "counted", "encode": "encoded"}


def follow(
    events: Iterable[PartsDone | Preparation], stream: TextIO, *, quiet: bool = False
) -> Preparation:
    """Show the progress of a preparation.

    Args:
        events: Progress; the result comes last.
        stream: Where it is shown.
        quiet: Show nothing.

    Returns:
        The result.
    """
    if is_live(stream, quiet=quiet):
        return _follow_live(events, stream)
    return _follow_plain(events, quiet=quiet)


def _follow_plain(events: Iterable[PartsDone | Preparation], *, quiet: bool) -> Preparation:
    told = time.monotonic()
    result = None
    for event in events:
        result = event
        if isinstance(event, PartsDone) and not quiet and time.monotonic() - told > _PLAIN_INTERVAL:
            told = time.monotonic()
            say(f"{_NAMES[event.stage]} {event.done:,} of {event.of:,} parts")
    return _last(result)


def _follow_live(events: Iterable[PartsDone | Preparation], stream: TextIO) -> Preparation:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("parts"),
        TimeRemainingColumn(),
    )
    result = None
    with Progress(*columns, console=console(stream), transient=True) as bars:
        tasks = {stage: bars.add_task(name, total=None) for stage, name in _NAMES.items()}
        for event in events:
            result = event
            if isinstance(event, PartsDone):
                bars.update(tasks[event.stage], completed=event.done, total=event.of)
    return _last(result)


def _last(result: PartsDone | Preparation | None) -> Preparation:
    if isinstance(result, Preparation):
        return result
    raise AssertionError("a preparation ends with its result")
