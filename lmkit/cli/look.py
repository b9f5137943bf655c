"""Looking at a model: `info` and `trace`."""

from typing import Annotated

import typer

from lmkit.cli.options import Json, ModelFolder, Quiet, open_model
from lmkit.terminal import heat, render
from lmkit.terminal.output import readable, show, write_json


def info(folder: ModelFolder, json: Json = False, quiet: Quiet = False) -> None:
    """Show what a model is and how it was trained.

    Examples:
      lmkit info my-model
    """
    facts = open_model(folder).info
    if json:
        write_json(facts)
    else:
        show(render.card(str(folder), facts), quiet=quiet)


def trace(
    folder: ModelFolder,
    text: Annotated[str, typer.Argument(help="The words to watch the gates over.")],
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show gates, cell state and hidden state, word by word.

    Examples:
      lmkit trace my-model "the cat that the dogs chase runs"
      lmkit trace my-model "the cat sat" --json > gates.json
    """
    answer = open_model(folder).trace(readable(text))
    if json:
        write_json(answer.to_dict())
    else:
        show(heat.trace(answer), quiet=quiet)
