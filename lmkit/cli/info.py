"""Facts of a model: `info`."""

from typing import Any

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
        show(render.card(str(folder), _for_people(facts)), quiet=quiet)


def _for_people(facts: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """Return the facts without the settings, which the JSON has."""
    training = {name: value for name, value in facts["training"].items() if name != "settings"}
    return {**facts, "training": training}
