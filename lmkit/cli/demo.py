"""The demonstration: `demo`."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from lmkit.cli.emit import Output, with_output
from lmkit.cli.options import Seed, open_model, some_time
from lmkit.cli.train import command_line, leave_if_interrupted, run_training
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
FOLDER = Path("lmkit-demo")

Out = Annotated[Path, typer.Option(metavar="DIR", help="Where the model goes.")]
Minutes = Annotated[float, typer.Option(callback=some_time, help="How long to train.")]


@with_output(plots=False)
def demo(out: Out = FOLDER, minutes: Minutes = 1.0, seed: Seed = 0, *, output: Output) -> None:
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
        _train(out, minutes=minutes, seed=seed, quiet=output.quiet)
    if sys.stdin.isatty() and sys.stdout.isatty() and not output.json:
        from lmkit.cli.ask import start_repl

        start_repl(out, seed=seed, quiet=output.quiet)
    else:
        _show(open_model(out), seed=seed, json=output.json)
    say(f"go on with: lmkit repl {shlex.quote(str(out))}")


def _train(out: Path, *, minutes: float, seed: int, quiet: bool) -> None:
    from lmkit.recipes import TrainRequest

    say("training on Python's own documentation, as this interpreter carries it")
    request = TrainRequest(sources=(SOURCE,), out=out, minutes=minutes, seed=seed)
    command = command_line(request)
    answer = run_training(replace(request, command=command), quiet=quiet)
    leave_if_interrupted(answer, command)


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
