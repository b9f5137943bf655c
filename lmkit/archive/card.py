"""The model card: README.md of a model folder, written from the facts alone."""

from collections.abc import Mapping
from typing import Any


def model_card(facts: Mapping[str, Any], *, name: str) -> str:
    """Return the card.

    Args:
        facts: config.json as a whole (Any, since it is JSON); `training` holds what was measured.
        name: Of the folder.

    Returns:
        Markdown.
    """
    training = facts["training"]
    shape = facts["architecture"]
    rows = {
        "data": ", ".join(training["sources"]),
        "validation": training["valid"],
        "training words": f"{training['words']:,}",
        "vocabulary": f"{shape['vocab_size']:,} tokens ({facts['unit']})",
        "unknown words": f"{training['unknown_share']:.2%} of the training tokens",
        "model": f"{shape['layers']} x {shape['hidden']} {shape['cell']}, "
        f"embedding {shape['embedding']}, {training['parameters']:,} weights",
        "direction": facts["direction"],
        "preset": training["preset"],
        "validation perplexity per word": _perplexity(training["perplexity"]),
        "steps": f"{training['steps']:,} ({training['epochs']:.2f} passes over the text)",
        "time": f"{training['seconds']:.0f} s on {training['threads']} threads, "
        f"{training['words_per_second']:,.0f} words/s",
        "stopped by": training["stopped"],
        "seed": str(training["seed"]),
        "made": f"{training['date']} with lmkit {training['lmkit']}, torch {training['torch']}",
    }
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    return (
        f"# {name}\n\nA next-word model trained by lmkit.\n\n"
        f"| | |\n|---|---|\n{table}\n\n"
        f"The command that made it:\n\n```\n{training['command']}\n```\n\n"
        f'Ask it:\n\n```\nlmkit repl {name}\nlmkit fill {name} "... ___ ..."\n```\n\n'
        "Perplexity is per word: a word is a token between white space, and each line end counts "
        "as one more.\nThe model repeats what its text says, true or not; look at the text before "
        "relying on it.\nAll settings stand in `config.json`, every measurement in "
        "`metrics.jsonl`.\n"
    )


def _perplexity(value: float) -> str:
    """Return a perplexity, in short where a word is a whole line and it is beyond all reading."""
    return f"{value:.2f}" if value < _READABLE else f"{value:.3g}"


_READABLE = 1e9
