"""Training: `train`, and what `demo` shares with it."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lmkit.cli.interrupt import Interrupts, first_interrupt_asks
from lmkit.cli.options import Json, Quiet, some_time
from lmkit.core.errors import UsageError
from lmkit.results import Trained
from lmkit.terminal import render
from lmkit.terminal.output import say, show, write_json
from lmkit.terminal.progress import watch

if TYPE_CHECKING:
    from lmkit.training.events import Event

INTERRUPTED = 130


def train(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="Text files (.txt .gz .xz .jsonl .csv .parquet), folders, '-' for stdin, "
            "pydocs, grammar, or hf:NAME.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The model folder to write.")],
    valid: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Validation text [default: the tail].")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="tiny, small, medium ... [default: by text and time].")
    ] = None,
    unit: Annotated[
        Literal["word", "bpe", "unigram", "char"] | None,
        typer.Option(help="What the model reads at a time [default: word]."),
    ] = None,
    cell: Annotated[str | None, typer.Option(help="The recurrent cell [default: lstm].")] = None,
    direction: Annotated[
        Literal["forward", "backward", "both"] | None,
        typer.Option(help="Which way to read [default: forward]."),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(callback=some_time, help="Train this long, validation included."),
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(callback=some_time, help="Or this many times through the text."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same model.")] = 0,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Set one value; may be given several times."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Settings from a file.")
    ] = None,
    ngram: Annotated[
        bool | None,
        typer.Option("--ngram/--no-ngram", help="Count n-grams along [default: where they fit]."),
    ] = None,
    column: Annotated[
        str, typer.Option(metavar="NAME", help="The column or key that holds the text.")
    ] = "text",
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        typer.Option(help="Where to train; auto: a GPU if there is one."),
    ] = "auto",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a stopped run left off.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace DIR if it exists.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a model on text of your own.

    Examples:
      lmkit train my.txt --out my-model
      lmkit train notes/ --out my-model --minutes 10 --unit bpe
      lmkit train train.txt --valid valid.txt --out my-model --epochs 5
      lmkit train my.txt --out my-model --resume
    """
    if minutes is not None and epochs is not None:
        raise UsageError("--minutes and --epochs both say how long to train; give one of them")
    chosen: dict[str, object] = {
        "valid": valid,
        "preset": preset,
        "unit": unit,
        "cell": cell,
        "direction": direction,
        "minutes": minutes,
        "epochs": epochs,
        "seed": seed,
        "settings": tuple(settings or ()),
        "config": config,
        "column": column,
        "ngram": ngram,
        "device": device,
    }
    command = command_line(sources, out, chosen)
    answer = run_training(
        {
            **chosen,
            "sources": tuple(sources),
            "out": out,
            "resume": resume,
            "force": force,
            "command": command,
        },
        quiet=quiet,
    )
    if json:
        write_json(answer.to_dict())
    elif not quiet:
        show(render.trained(answer))
    if answer.stopped == "interrupted":
        say(f"stopped and saved; go on with: {command} --resume")
        raise typer.Exit(INTERRUPTED)
    if not json and not quiet:
        say(f"try: lmkit repl {shlex.quote(str(out))}")


def run_training(request: Mapping[str, Any], *, quiet: bool) -> Trained:
    """Train and show progress; once training began, the first Ctrl-C ends the step and saves.

    Args:
        request: The fields of a TrainRequest; `Any`, for their types are checked there.
        quiet: Show no progress.

    Returns:
        What the run came to.
    """
    from lmkit.recipes import TrainRequest, train_language_model

    with first_interrupt_asks() as interrupts:
        events = train_language_model(TrainRequest(**request), stop=interrupts.asked)
        return watch(_listening(events, interrupts), quiet=quiet)


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


def command_line(sources: Sequence[str], out: Path, chosen: Mapping[str, object]) -> str:
    """Return the command that asks for this training, ready to paste into a shell."""
    words = ["lmkit", "train", *sources, "--out", str(out)]
    for name, value in chosen.items():
        if name == "settings" and isinstance(value, tuple):
            words += [word for setting in value for word in ("--set", setting)]
        elif isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        elif value is not None and value != _UNSAID.get(name):
            words += [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)


_UNSAID = {"seed": 0, "column": "text", "device": "auto"}
