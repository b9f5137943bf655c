"""Training as it runs: a live panel on a terminal, occasional lines elsewhere.

Takes the events that training yields and passes on the result; never touches the training.
"""

import itertools
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lmkit.results import Trained
from lmkit.terminal.output import console, is_live, lasting, say, visible
from lmkit.terminal.render import bar, duration, perplexity, sparkline
from lmkit.training.events import (
    Calibrating,
    Event,
    FromMember,
    Planned,
    Prepared,
    Progress,
    Recovered,
    Status,
    TemperatureFitted,
    Validated,
    Warned,
)

_WORTH_TELLING = 0.0005  # of the text; less is 0.0%
_PLAIN_INTERVAL = 10.0  # seconds of training between two plain lines


def watch(events: Iterable[Event | Trained], *, quiet: bool = False) -> Trained:
    """Show a training run while it runs.

    Args:
        events: What training yields; the result comes last.
        quiet: Show nothing but notices and warnings.

    Returns:
        The result of the run.
    """
    if is_live(sys.stderr, quiet=quiet):
        return _last(_watch_live(events))
    return _last(_watch_plain(events, quiet=quiet))


@dataclass(slots=True)
class TrainingView:
    """State of the live panel, gathered from the events."""

    prepared: Prepared | None = None
    progress: Progress | None = None
    steps: int = 0
    losses: list[float] = field(default_factory=list)
    validations: list[Validated] = field(default_factory=list)
    temperature: TemperatureFitted | None = None
    members: "dict[str, TrainingView]" = field(default_factory=dict)  # of runs side by side

    def take(self, event: Event | Trained) -> None:
        """Update the state from an event."""
        if isinstance(event, FromMember):
            self.members.setdefault(event.member, TrainingView()).take(event.event)
        elif isinstance(event, Prepared):
            self.prepared = event
        elif isinstance(event, Planned):
            self.steps = event.steps
        elif isinstance(event, Progress):
            self.progress = event
            self.steps = event.steps
            self.losses.append(event.nats)
        elif isinstance(event, Validated):
            self.validations.append(event)
        elif isinstance(event, TemperatureFitted):
            self.temperature = event

    def draw(self) -> RenderableType:
        """Return the panel."""
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(no_wrap=True)
        for name, value in self._rows():
            table.add_row(name, value)
        hint = Text("Ctrl-C stops, keeps what was learned and says how to go on", style="dim")
        subtitle = hint if self.prepared else None
        return Panel(table, title="training", subtitle=subtitle, width=80, border_style="dim")

    def _rows(self) -> Iterator[tuple[str, Text]]:
        if self.prepared is None:
            yield "text", Text("reading ...")
            return
        yield "text", Text(describe(self.prepared))
        if self.members:
            yield from self._member_rows()
            return
        now = self.progress
        if now is None:
            yield "step", Text("measuring the rate ...")
            return
        share = now.step / now.steps if now.steps else 0.0
        done = Text(bar(share, 30).ljust(30), style="cyan")
        yield "step", done + Text(f" {now.step:,} of {now.steps:,}", style="default")
        yield (
            "time",
            Text(f"{duration(now.seconds)} gone, about {duration(now.seconds_left)} left"),
        )
        yield "rate", Text(f"{now.words_per_second:,.0f} words/s, epoch {now.epoch:.2f}")
        loss = Text(
            f"{now.nats:6.3f} nats a token, perplexity {perplexity(now.perplexity, 1)} a word"
        )
        yield "loss", loss
        yield "", Text(sparkline(thinned(self.losses, 50), 50), style="cyan")
        if self.validations:
            yield "validation", Text(_validations(self.validations), style="bold")
        if self.temperature is not None:
            yield "softmax", Text(_temperature_change(self.temperature))

    def _member_rows(self) -> Iterator[tuple[str, Text]]:
        """Yield a row for each run, and their time and rate together."""
        for name, view in self.members.items():
            yield name, view.line()
        told = [view.progress for view in self.members.values() if view.progress is not None]
        if not told:
            return
        gone, left = max(now.seconds for now in told), max(now.seconds_left for now in told)
        yield "time", Text(f"{duration(gone)} gone, about {duration(left)} left")
        rate = sum(now.words_per_second for now in told)
        epoch = sum(now.epoch for now in told) / len(told)
        yield "rate", Text(f"{rate:,.0f} words/s by {len(told)} processes, epoch {epoch:.2f}")

    def line(self) -> Text:
        """Return a run in one line: how far it is, its loss and its last validation."""
        now = self.progress
        if now is None:
            return Text("measuring the rate ...")
        share = now.step / now.steps if now.steps else 0.0
        done = Text(bar(share, 14).ljust(14), style="cyan")
        done.append(f" {now.step:,} of {now.steps:,}, ", style="default")
        done.append(f"perplexity {perplexity(now.perplexity, 1)}", style="default")
        if self.validations:
            last = perplexity(self.validations[-1].perplexity, 1)
            done.append(f", validation {last}", style="bold default")
        return done


def describe(prepared: Prepared) -> str:
    """Return one line on the text that is trained on."""
    fraction = prepared.unknown_fraction
    unknown = f", {fraction:.1%} unknown" if fraction >= _WORTH_TELLING else ""
    return (
        f"{prepared.words:,} words, {prepared.vocabulary:,} tokens{unknown}, "
        f"{prepared.parameters:,} weights"
    )


def thinned(values: list[float], width: int) -> list[float]:
    """Return at most `width` means that span all the values, oldest first."""
    if len(values) <= width:
        return values
    edges = [round(index * len(values) / width) for index in range(width + 1)]
    tokens = [values[low:high] for low, high in itertools.pairwise(edges)]
    return [sum(token) / len(token) for token in tokens]


def _watch_live(events: Iterable[Event | Trained]) -> Iterator[Event | Trained]:
    view = TrainingView()
    screen = console(lasting(sys.stderr))
    with _panel(view, screen_width=screen.width) as live:
        for event in events:
            view.take(event)
            if (line := _remark(event) or _stage(event)) is not None:
                live.console.print(Text(visible(line)), soft_wrap=True)
            live.update(view.draw())
            yield event


@contextmanager
def _panel(view: TrainingView, *, screen_width: int) -> Iterator[Live]:
    screen = console(lasting(sys.stderr))
    screen.width = min(80, screen_width)
    with Live(view.draw(), console=screen, refresh_per_second=4, redirect_stdout=False) as live:
        yield live


def _watch_plain(events: Iterable[Event | Trained], *, quiet: bool) -> Iterator[Event | Trained]:
    plain = _PlainLines()
    for event in events:
        line = _remark(event)
        if line is None and not quiet:
            line = plain.line(event)
        if line is not None:
            say(line)
        yield event


@dataclass(slots=True)
class _PlainLines:
    """Plain progress lines: a report now and then, and a validation between two of them."""

    said: float = -_PLAIN_INTERVAL  # when progress was told, in seconds of training
    has_validated: bool = False  # since then
    members: "dict[str, _PlainLines]" = field(default_factory=dict)  # of runs side by side

    def line(self, event: Event | Trained) -> str | None:
        if isinstance(event, FromMember):
            own = self.members.setdefault(event.member, _PlainLines())
            return _of_member(event.member, own.line(event.event))
        if isinstance(event, Prepared):
            return describe(event)
        if isinstance(event, Progress) and event.seconds - self.said >= _PLAIN_INTERVAL:
            self.said, self.has_validated = event.seconds, False
            return _plain_progress(event)
        if isinstance(event, Validated) and not self.has_validated:
            self.has_validated = True
            return f"step {event.step:,}: validation perplexity {perplexity(event.perplexity, 2)}"
        if isinstance(event, TemperatureFitted):
            return f"softmax {_temperature_change(event)}"
        return _stage(event)


def _plain_progress(now: Progress) -> str:
    return (
        f"step {now.step:,} of {now.steps:,}: perplexity {perplexity(now.perplexity, 1)}, "
        f"{now.words_per_second:,.0f} words/s, {duration(now.seconds_left)} left"
    )


def _temperature_change(event: TemperatureFitted) -> str:
    return (
        f"temperature {event.temperature:.3f}, fitted on validation text: "
        f"perplexity {perplexity(event.perplexity, 2)}"
    )


def _stage(event: Event | Trained) -> str | None:
    """Return the status line of an event, if it has one."""
    if isinstance(event, Status):
        return event.message
    if isinstance(event, Calibrating):
        most = "" if event.seconds is None else f", about {event.seconds:.0f} s at most"
        named = ", ".join(event.adapters)
        return f"fitting the adapters ({named}) on validation text{most}"
    return None


def _of_member(name: str, line: str | None) -> str | None:
    return None if line is None else f"{name}: {line}"


def _remark(event: Event | Trained) -> str | None:
    """Return the message of an event that `--quiet` does not suppress."""
    if isinstance(event, FromMember):
        return _of_member(event.member, _remark(event.event))
    if isinstance(event, Warned):
        return event.message
    if isinstance(event, Recovered):
        return (
            f"step {event.step:,}: {event.reason}; went back to step {event.back_to:,} "
            f"at {event.rate_factor:g} of the planned rate"
        )
    return None


def _validations(validations: list[Validated]) -> str:
    shown = [perplexity(validated.perplexity, 1) for validated in validations[-6:]]
    return ("... " if len(validations) > 6 else "") + " → ".join(shown)


def _last(events: Iterator[Event | Trained]) -> Trained:
    for event in events:
        if isinstance(event, Trained):
            return event
    raise RuntimeError("training ended without a result")
