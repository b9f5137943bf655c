"""What a model is: `info`."""

from lmkit.cli.options import Json, ModelFolder, Quiet, open_model
from lmkit.terminal import render
from lmkit.terminal.output import show, write_json


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
