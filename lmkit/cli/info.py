"""Facts of a model: `info`."""

from lmkit.cli.options import Json, ModelFolder, Quiet
from lmkit.core.json import JsonObject
from lmkit.terminal import render
from lmkit.terminal.output import show, write_json


def info(folder: ModelFolder, json: Json = False, quiet: Quiet = False) -> None:
    """Show what a model is and how it was trained.

    Examples:
      lmkit info my-model
    """
    from lmkit.archive.describe import describe_folder
    from lmkit.archive.locate import locate_model

    facts = describe_folder(locate_model(folder))
    if json:
        write_json(facts)
    else:
        show(render.card(str(folder), _for_people(facts)), quiet=quiet)


def _for_people(facts: JsonObject) -> JsonObject:
    """Leave out the fifty settings and those of the adapters, which the JSON has."""
    training = {name: value for name, value in facts["training"].items() if name != "settings"}
    stack = ", ".join(entry["name"] for entry in facts["stack"]) or "nothing"
    return {**facts, "stack": stack, "training": training}
