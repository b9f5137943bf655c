"""Facts of a run: warnings and sizes of its text, and the machine, for config.json."""

import datetime

import torch

from lmkit.core.json import JsonObject
from lmkit.core.version import __version__
from lmkit.data.prepare import PreparedText
from lmkit.training.events import Prepared, Warned

FEW_WORDS = 2_000  # a text of fewer teaches little more than itself
ENOUGH_WORDS = 100_000


def prepared_event(text: PreparedText, *, parameters: int, seconds: float) -> Prepared:
    """Return the sizes of the text and the model as an event.

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
    """Return what a user should know of the text, a warning each."""
    lines = list(text.notices)
    words = text.train.words
    if words < FEW_WORDS:
        lines.append(
            f"{words} words are very little to learn from: the model will know hardly more than "
            f"these; from some {ENOUGH_WORDS:,} words on it becomes useful"
        )
    return [Warned(message=line) for line in lines]


def text_facts(text: PreparedText) -> JsonObject:
    """Return the facts of the text."""
    return {
        "words": text.train.words,
        "tokens": len(text.train.ids),
        "valid_words": text.valid.words,
        "unknown_share": text.train.unknown / len(text.train.ids),
        "notices": list(text.notices),
    }


def machine_facts() -> JsonObject:
    """Return the facts of the machine and the date."""
    return {
        "threads": torch.get_num_threads(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "lmkit": __version__,
        "torch": str(torch.__version__),
    }
