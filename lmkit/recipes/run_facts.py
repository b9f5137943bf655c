"""What is told of a run: before it as notices, after it as the facts of config.json."""

import datetime
from typing import Any

import torch

from lmkit.core.version import __version__
from lmkit.data.prepare import PreparedText
from lmkit.training.events import Prepared, Warned

FEW_WORDS = 2_000  # a text of fewer teaches little more than itself
ENOUGH_WORDS = 100_000


def prepared_event(text: PreparedText, *, parameters: int, seconds: float) -> Prepared:
    """Return what is known once the text was read.

    Args:
        text: The ids.
        parameters: Weights of the model.
        seconds: That reading took.
    """
    return Prepared(
        words=text.train.words,
        tokens=len(text.train.ids),
        valid_words=text.valid.words,
        vocabulary=text.tokenizer.vocab_size,
        unknown_fraction=text.train.unknown / len(text.train.ids),
        parameters=parameters,
        seconds=seconds,
    )


def notices(text: PreparedText) -> list[Warned]:
    """Return what a user should know of the text, a line each."""
    lines = list(text.notices)
    words = text.train.words
    if words < FEW_WORDS:
        lines.append(
            f"{words} words are very little to learn from: the model will know hardly more than "
            f"these; from some {ENOUGH_WORDS:,} words on it becomes useful"
        )
    return [Warned(message=line) for line in lines]


def text_facts(text: PreparedText) -> dict[str, Any]:
    """Return what the folder remembers of its text (Any: it becomes JSON)."""
    return {
        "words": text.train.words,
        "tokens": len(text.train.ids),
        "valid_words": text.valid.words,
        "unknown_share": text.train.unknown / len(text.train.ids),
        "notices": list(text.notices),
    }


def machine_facts() -> dict[str, Any]:
    """Return where and when the run took place (Any: it becomes JSON)."""
    return {
        "threads": torch.get_num_threads(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "lmkit": __version__,
        "torch": str(torch.__version__),
    }
