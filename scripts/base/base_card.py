"""The card of the bundled base: data, licence, figures, and the commands that made it."""

from collections.abc import Sequence

from lmkit.archive.kinds import kind_named
from lmkit.core.json import JsonObject

COMMANDS = """\
python scripts/base/prepare.py novels.tar.xz --speeches state-of-the-union.txt.xz --out text
python scripts/base/train.py text --out run
python scripts/base/train.py text --out cooled --cool-down run --minutes 40
python scripts/base/pack.py cooled/model --text text --novels novels.tar.xz --out data/english\
"""
LICENCE = """\
The novels are in the public domain; they come from Project Gutenberg, and its headers and licence
texts were taken out before training. Addresses of presidents of the United States are works of
their government, and in the public domain too. The documentation of Python is under the licence of
the Python Software Foundation. The weights are under the licence of lmkit, Apache-2.0."""


def base_card(
    facts: JsonObject, *, name: str, titles: Sequence[str] = (), cloze: float | None = None
) -> str:
    """Return the card.

    Args:
        facts: config.json as a whole.
        name: Of the base.
        titles: Of the novels.
        cloze: Accuracy on cloze questions, 0..1, where it was measured.

    Returns:
        Markdown.
    """
    rows = {**_data(facts), **_model(facts), **_figures(facts, cloze)}
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    return (
        f"# {name}\n\nThe base that comes with lmkit: a next-word model of English that reads both "
        "sides of a blank.\nIt answers as it is, and training on a text of your own starts from "
        f"it.\n\n| | |\n|---|---|\n{table}\n\n"
        f'Ask it:\n\n```\nlmkit fill {name} "I went to the ___ yesterday ."\nlmkit repl {name}\n'
        f"lmkit train mine.txt --from {name} --out mine\n```\n\n"
        "It repeats what novels of the 19th century say, with their prejudices, true or not.\n\n"
        f"## Licence\n\n{LICENCE}\n\n"
        f"## The commands that made it\n\n```\n{COMMANDS}\n```\n{_novels(titles)}"
    )


def _data(facts: JsonObject) -> dict[str, str]:
    training = facts["training"]
    return {
        "data": "522 novels in English, most of the 19th century; addresses of presidents of the "
        "United States, 1945 to 2006; the documentation of Python",
        "words": f"{training['words']:,}",
        "unknown words": f"{training['unknown_share']:.2%} of the training tokens",
    }


def _model(facts: JsonObject) -> dict[str, str]:
    shape = kind_named(facts["kind"]).describe(facts["architecture"])
    training = facts["training"]
    return {
        "vocabulary": f"{shape['vocabulary']:,} words and marks, cased",
        "model": f"two LSTMs of {shape['layers']} layers, {shape['hidden']} units, one table of "
        f"word vectors; {training['parameters']:,} weights of 8 bits",
        "read in training": f"{training['epochs']:.2f} times the text, by each direction "
        f"({training['steps']:,} steps)",
        "fitted with it": ", ".join(entry["name"] for entry in facts.get("stack", [])),
        "made": f"{training['date']} with lmkit {training['lmkit']}, torch {training['torch']}",
    }


def _figures(facts: JsonObject, cloze: float | None) -> dict[str, str]:
    training = facts["training"]
    measured = {
        "perplexity per word of documents kept apart, forward": f"{training['perplexity']:.1f}",
        "the same, backward": f"{training['perplexity_backward']:.1f}",
        "the same, forward with all that was fitted": f"{training['perplexity_adapted']:.1f}",
    }
    if cloze is not None:
        measured["right answers to cloze questions of five choices"] = f"{cloze:.1%}"
    return measured


def _novels(titles: Sequence[str]) -> str:
    if not titles:
        return ""
    return f"\n## The novels\n\n{'; '.join(dict.fromkeys(titles))}.\n"
