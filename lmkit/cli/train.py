"""Training: `train`, and what `demo` shares with it."""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.interrupt import INTERRUPTED, Interrupts, first_interrupt_asks
from lmkit.cli.options import Column
from lmkit.cli.together import asked_or_orphaned, follow_quietly, joined
from lmkit.cli.train_options import (
    Cell,
    Config,
    Device,
    Direction,
    Epochs,
    Force,
    From,
    Minutes,
    Models,
    NGram,
    Out,
    Precision,
    Preset,
    Resume,
    Seed,
    Settings,
    Sources,
    Unit,
    Valid,
)
from lmkit.core.errors import UsageError
from lmkit.core.file_names import printable
from lmkit.results import Trained
from lmkit.terminal import render
from lmkit.terminal.output import say
from lmkit.terminal.progress import watch

if TYPE_CHECKING:
    from lmkit.recipes import TrainRequest
    from lmkit.training.events import Event

_NOT_REPEATED = (
    "sources",
    "out",
    "resume",
    "force",
    "command",
    "launch",
)  # by the command to go on

_OPTION_NAMES = {"base": "from"}  # of fields that are called otherwise


@with_output(plots=False)
def train(
    sources: Sources,
    out: Out,
    valid: Valid = None,
    preset: Preset = None,
    unit: Unit = None,
    cell: Cell = None,
    direction: Direction = None,
    minutes: Minutes = None,
    epochs: Epochs = None,
    base: From = None,
    seed: Seed = None,
    settings: Settings = None,
    config: Config = None,
    ngram: NGram = None,
    precision: Precision = None,
    column: Column = "text",
    models: Models = None,
    device: Device = "auto",
    resume: Resume = False,
    force: Force = False,
    *,
    output: Output,
) -> None:
    """Train a model on text of your own.

    Examples:
      lmkit train my.txt --out my-model
      lmkit train notes/ --out my-model --minutes 10 --unit bpe
      lmkit train my.txt --out my-model --minutes 10 --models 2
      lmkit train train.txt --valid valid.txt --out my-model --epochs 5
      lmkit train diary.txt --out my-model --from english
      lmkit train my.txt --out my-model --resume
    """
    given = {**locals(), "sources": tuple(sources), "settings": tuple(settings or ())}
    from lmkit.recipes import TrainRequest

    # Options have the names of the fields; a field that is no option keeps its default.
    named = {field.name for field in fields(TrainRequest)} & given.keys()
    request = TrainRequest(**{name: given[name] for name in named})
    _train(request, output)


def _train(request: "TrainRequest", output: Output) -> None:
    """Train, and say what it came to and what to do next."""
    if request.minutes is not None and request.epochs is not None:
        raise UsageError("--minutes and --epochs both say how long to train; give one of them")
    from lmkit.recipes import train_language_model

    command = command_line(request)
    request = replace(request, command=command)
    with first_interrupt_asks() as interrupts, joined(request) as (request, world, launch):
        if launch is not None and not world.is_writer:
            follow_quietly(request, world, launch, interrupts)
            return
        stop = interrupts.asked if launch is None else asked_or_orphaned(interrupts)
        events = train_language_model(request, stop=stop, world=world)
        answer = watch(_listening(events, interrupts), quiet=output.quiet)
    if output.json or not output.quiet:
        output.emit(answer, render.trained(answer))
    leave_if_interrupted(answer, command)
    if not output.json and not output.quiet:
        say(f"try: lmkit repl {shlex.quote(str(request.out))}")


def run_training(request: "TrainRequest", *, quiet: bool) -> Trained:
    """Train and show progress; once training began, the first Ctrl-C ends the step and saves.

    Args:
        request: What to train.
        quiet: Show no progress.

    Returns:
        What the run came to.
    """
    from lmkit.recipes import train_language_model

    with first_interrupt_asks() as interrupts:
        events = train_language_model(request, stop=interrupts.asked)
        return watch(_listening(events, interrupts), quiet=quiet)


def leave_if_interrupted(trained: Trained, command: str) -> None:
    """Say how to go on with a run that was interrupted, and leave.

    Args:
        trained: What the run came to.
        command: The command that asked for it.

    Raises:
        Exit: If it was interrupted, with exit code 130.
    """
    if trained.stopped == "interrupted":
        say(f"stopped and saved; continue with: {command} --resume")
        raise typer.Exit(INTERRUPTED)


def command_line(request: "TrainRequest") -> str:
    """Return the command that asks for this training, ready to paste into a shell.

    Args:
        request: What to train. Whether to resume or to replace a folder is not repeated.
    """
    words = ["lmkit", "train", *request.sources, "--out", str(request.out)]
    for field in fields(request):
        value = getattr(request, field.name)
        if field.name not in _NOT_REPEATED and value != field.default:
            words += _option(field.name, value)
    return " ".join(map(_quoted, words))


def _option(name: str, value: object) -> list[str]:
    """Return an option of `train` as it is typed."""
    if isinstance(value, tuple):  # the settings alone
        return [word for setting in value for word in ("--set", str(setting))]
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    name = _OPTION_NAMES.get(name, name)
    return [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]


def _quoted(word: str) -> str:
    """Return a word as a shell takes it; a byte that is not UTF-8 is written as an escape."""
    shown = printable(word)
    if shown == word:
        return shlex.quote(word)
    escaped = printable(word.replace("\\", "\\\\").replace("'", "\\'"))
    return f"$'{escaped}'"


def _listening(
    events: Iterable["Event | Trained"], interrupts: Interrupts
) -> "Iterator[Event | Trained]":
    """Yield the events; before and after training an interrupt has nothing to save."""
    from lmkit.training.events import Calibrating, Prepared

    for event in events:
        if isinstance(event, Prepared):
            interrupts.listen()
        if isinstance(event, Calibrating):
            interrupts.listen_no_more()
        yield event
