"""The model card: README.md of a model folder, written from the facts alone."""

from lmkit.archive.kinds import kind_named
from lmkit.archive.shareable import shareable_command
from lmkit.core.json import JsonObject

_READABLE = 1e9  # perplexities beyond are those of words that are whole lines


def model_card(facts: JsonObject, *, name: str, command: str = "") -> str:
    """Return the card.

    Args:
        facts: config.json as a whole; `training` holds what was measured.
        name: Of the folder.
        command: The command that made it; paths in it are shortened to file names.

    Returns:
        Markdown.
    """
    rows = {**_data(facts), **_model(facts), **_run(facts["training"])}
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    made = f"The command that made it:\n\n```\n{shareable_command(command)}\n```\n\n"
    return (
        f"# {name}\n\nA next-word model trained by lmkit.\n\n"
        f"| | |\n|---|---|\n{table}\n\n"
        f"{made if command else ''}"
        f'Use it:\n\n```\nlmkit repl {name}\nlmkit fill {name} "... ___ ..."\n```\n\n'
        "Perplexity is per word: a word is a run of characters between white space, "
        "and each line end counts as one more word.\nThe model repeats what its "
        "training text says, true or not; check the text before you rely on the "
        "model.\n`config.json` contains all settings, `metrics.jsonl` every "
        "measurement.\n"
    )


def _data(facts: JsonObject) -> JsonObject:
    training = facts["training"]
    started = {"started from": training["base"]} if training.get("base") else {}
    return {
        "data": ", ".join(training["sources"]),
        **started,
        "validation": training["valid"],
        "training words": f"{training['words']:,}",
        "unknown words": f"{training['unknown_share']:.2%} of the training tokens",
    }


def _model(facts: JsonObject) -> JsonObject:
    training = facts["training"]
    shape = kind_named(facts["kind"]).describe(facts["architecture"])
    names = [entry["name"] for entry in facts.get("stack", [])]
    return {
        "vocabulary": f"{shape['vocabulary']:,} tokens ({facts['unit']})",
        "model": f"{shape['layers']} x {shape['hidden']} {shape['cell']}, "
        f"{training['parameters']:,} weights",
        "direction": facts["direction"],
        "preset": training["preset"],
        "fitted adapters": ", ".join(names) or "nothing",
        "validation perplexity per word, the network alone": _perplexity(training["perplexity"]),
        "the same with the fitted adapters": _perplexity(training["perplexity_adapted"]),
    }


def _run(training: JsonObject) -> JsonObject:
    return {
        "steps": f"{training['steps']:,} ({training['epochs']:.2f} epochs)",
        "time": f"{training['seconds']:.0f} s on {training['threads']} threads "
        f"({training['device']}), {training['words_per_second']:,.0f} words/s",
        "stopped by": training["stopped"],
        "seed": str(training["seed"]),
        "made": f"{training['date']} with lmkit {training['lmkit']}, torch {training['torch']}",
    }


def _perplexity(value: float) -> str:
    """Return a perplexity, in short where a word is a whole line and it is beyond all reading."""
    return f"{value:.2f}" if value < _READABLE else f"{value:.3g}"
