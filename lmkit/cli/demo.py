"""The demonstration: `demo`."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from lmkit.cli.options import Json, Quiet, Seed, open_model, some_time
from lmkit.cli.train import INTERRUPTED, command_line, run_training
from lmkit.terminal import render
from lmkit.terminal.output import say, show, visible, write_json

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel

SOURCE = "pydocs"
BLANKS = (
    "return the ___ of the list",
    "the function ___ a new object",
    "raises an ___ if the file is not found",
)
PROMPTS = ("This method", "Return a")


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the model goes.")] = Path(
        "lmkit-demo"
    ),
    minutes: Annotated[float, typer.Option(callback=some_time, help="How long to train.")] = 1.0,
    seed: Seed = 0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train on a bundled source in about a minute, then ask.

    The source is Python's own documentation, as this interpreter carries it. The model is kept
    and used again the next time. Off a terminal a few fillings and continuations are printed.

    Examples:
      lmkit demo
      lmkit demo --minutes 5 --out better-demo
    """
    if out.exists():
        say(f"using the model in {out}; remove the folder to train it anew")
    else:
        _train(out, minutes=minutes, seed=seed, quiet=quiet)
    if sys.stdin.isatty() and sys.stdout.isatty() and not json:
        from lmkit.cli.ask import start_repl

        start_repl(out, seed=seed, quiet=quiet)
    else:
        _show(open_model(out), seed=seed, json=json)
    say(f"go on with: lmkit repl {shlex.quote(str(out))}")


def _train(out: Path, *, minutes: float, seed: int, quiet: bool) -> None:
    say("training on Python's own documentation, as this interpreter carries it")
    request: dict[str, object] = {"minutes": minutes, "seed": seed}
    command = command_line([SOURCE], out, request)
    answer = run_training(
        {**request, "sources": (SOURCE,), "out": out, "command": command}, quiet=quiet
    )
    if answer.stopped == "interrupted":
        say(f"stopped and saved; go on with: {command} --resume")
        raise typer.Exit(INTERRUPTED)


def _show(model: "LanguageModel", *, seed: int, json: bool) -> None:
    from lmkit.inference.generate import GenerateConfig
    from lmkit.inference.sampling import SamplingConfig

    config = GenerateConfig(words=25, sampling=SamplingConfig(temperature=0.7), seed=seed)
    fillings = [model.fill(text, k=3) for text in BLANKS]
    continued = [model.generate_text(prompt, config) for prompt in PROMPTS]
    if json:
        texts = [{"prompt": answer.prompt, "text": answer.text} for answer in continued]
        write_json({"fillings": [answer.to_dict() for answer in fillings], "continued": texts})
        return
    for answer in fillings:
        show(Text(visible(answer.text), style="bold"))
        show(render.filling(answer))
    for written in continued:
        show(Text(visible(written.text)))
