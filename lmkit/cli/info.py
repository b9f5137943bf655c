"""Facts of a model: `info`."""

from lmkit.cli.emit import Output, with_output
from lmkit.cli.options import ModelFolder, say_if_shadowed
from lmkit.core.json import JsonObject
from lmkit.terminal import render
from lmkit.terminal.output import show, write_json


@with_output(plots=False)
def info(folder: ModelFolder, *, output: Output) -> None:
    """Show the facts of a model and of its training.

    Examples:
      lmkit info my-model
    """
    from lmkit.archive.describe import describe_folder
    from lmkit.archive.locate import locate_model

    say_if_shadowed(folder)
    facts = describe_folder(locate_model(folder))
    if output.json:
        write_json(facts)
    else:
        show(render.card(str(folder), _for_people(facts)), quiet=output.quiet)


def _for_people(facts: JsonObject) -> JsonObject:
    """Return the facts without the settings of training and adapters, which the JSON has."""
    training = {name: value for name, value in facts["training"].items() if name != "settings"}
    stack = ", ".join(entry["name"] for entry in facts["stack"]) or "nothing"
    return {**facts, "stack": stack, "training": training}
