"""Settings and first weights of a run that starts from a base, by the size of its text.

The rows of words move fast and the matrices of the cells slowly, for a few epochs; rows of words
that the text does not have stay as they are. docs/recipe.md has what was measured.
"""

from dataclasses import asdict, dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lmkit.config import Table
from lmkit.core.errors import UsageError
from lmkit.core.json import JsonObject
from lmkit.data.corpus import count_ids
from lmkit.data.prepared_text import PreparedText
from lmkit.models.recurrent.grow import HEAD, check_can_grow, grown
from lmkit.models.recurrent.new_words import Growth, new_rows
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig, RecurrentShape
from lmkit.nn.heads.sampled import SampledHead, proposal_of
from lmkit.recipes.base import Base

PRESET = "warm"  # name of these settings, where that of a preset stands
ENOUGH_TO_SCALE = 10_000  # words; the held-out part of a smaller text says too little
OF_BASE = 0.5  # part of the sampled words that is drawn by the base's frequencies


@dataclass(frozen=True, slots=True)
class Step:
    """Settings for texts of up to so many words."""

    words: float
    epochs: float
    rate: float  # of rows and biases
    matrix_rate: float
    batch: int


STEPS = (
    Step(2_500, 8, 2e-3, 1e-3, 4),
    Step(10_000, 7, 2e-3, 1e-3, 8),
    Step(40_000, 5, 2e-3, 1e-3, 16),
    Step(150_000, 4, 2e-3, 1e-3, 20),
    Step(float("inf"), 2, 3e-3, 2e-3, 32),
)


def warm_settings(base: Base, words: int) -> Table:
    """Return the settings of a run by the size of its text, in place of a preset.

    Args:
        base: Model to start from.
        words: Training words.
    """
    step = next(step for step in STEPS if words <= step.words)
    model = next(iter(base.models.values()))
    shape: JsonObject = asdict(model.config.shape) | {"head": HEAD}
    del shape["vocab_size"]
    dropout = {"dropout_embedding": 0.2, "dropout_between": 0.2, "dropout_output": 0.2}
    return {
        "model": {**shape, **dropout},
        "training": {
            "epochs": step.epochs,
            "batch": step.batch,
            "time": 32,
            "optimizer": "adamw",
            "learning_rate": step.rate,
            "matrix_rate": step.matrix_rate,
            "schedule": "linear",
            "warm_up": 0.05,
            "dropout_anneal": 0.0,
            "exact_fraction": 0.0,
            "row_updates": 1,  # rows of words that a step does not touch stay
            "fit_temperature": words >= ENOUGH_TO_SCALE,
            "validations": max(2, int(step.epochs)),
            "patience": 4,
        },
    }


def check_settings(base: Base, settings: Table) -> None:
    """Refuse settings that would change the shape of a base or the way it cuts text.

    Args:
        base: Model to start from.
        settings: What was given beside a preset, by section and key.

    Raises:
        UsageError: If a setting differs from what the base has, or it cannot take in new words.
    """
    model = next(iter(base.models.values()))
    check_can_grow(model)
    shape = {field.name for field in fields(RecurrentShape)} - {"head", "samples"}
    own = asdict(model.config.shape)
    for key, given in settings.get("model", {}).items():
        if key in shape and given != own[key]:
            raise _fixed(key, given, own[key])
    cut = asdict(base.archive.tokenizer.config)
    for key, given in settings.get("text", {}).items():
        if given != cut[key] and key not in ("vocab_size", "min_frequency"):
            raise _fixed(key, given, cut[key])


def start_model(
    base: Base, text: PreparedText, config: RecurrentLMConfig, direction: str
) -> RecurrentLM:
    """Return the model that a direction starts from: the base, with the new words of a text.

    Args:
        base: Model to start from.
        text: The text, in ids of the larger vocabulary.
        config: Shape with the regularisation of training.
        direction: forward or backward.
    """
    model, tokenizer = base.models[direction], text.tokenizer
    growth = Growth(
        ids=reading_order(text.train.ids, direction),
        tokens=tokenizer.tokens.texts,
        unknown_id=tokenizer.unknown_id,
        line_end_id=tokenizer.line_end_id,
    )
    larger = grown(model, new_rows(model, growth), config)
    if isinstance(larger.head, SampledHead):  # as every grown model has
        counts = torch.from_numpy(count_ids(text.train.ids, larger.vocab_size))
        set_candidates(larger.head, counts, known=model.vocab_size)
    return larger


def set_candidates(head: SampledHead, counts: Tensor, *, known: int) -> None:
    """Let the words of a text and those of the base compete; only the rows of the text move.

    Args:
        head: Of the model to train.
        counts: How often each id stands in the training text, shape (vocab,).
        known: Words of the base, whose ids are sorted by falling frequency.
    """
    frequencies = counts / counts.sum()
    of_base = torch.zeros_like(frequencies)
    of_base[:known] = 1 / torch.arange(1, known + 1)
    proposal = (1 - OF_BASE) * proposal_of(frequencies) + OF_BASE * proposal_of(of_base)
    head.set_candidates(frequencies, proposal, trained=counts > 0)


def reading_order(ids: NDArray[np.unsignedinteger], direction: str) -> NDArray[np.unsignedinteger]:
    """Return a stream of lines as a direction reads it: a line end closes each line both ways.

    Args:
        ids: Lines, each closed by a line end, shape (ids,).
        direction: forward or backward.
    """
    return np.append(ids[:-1][::-1], ids[-1:]) if direction == "backward" else ids


def unseen_rate(text: PreparedText, known: int) -> float:
    """Estimate the share of words that are still new after the training text (Good and Turing).

    It is that of the new words read once, pooled with the unknown words of the validation text.

    Args:
        text: The text, in ids of the larger vocabulary.
        known: Words of the base.
    """
    new = count_ids(text.train.ids, text.tokenizer.vocab_size)[known:]
    once = int((new == 1).sum())
    tokens = len(text.train.ids) + len(text.valid.ids)
    return (once + text.train.unknown + text.valid.unknown) / tokens


def _fixed(key: str, given: object, own: object) -> UsageError:
    return UsageError(
        f"the base has {key}={own}, which stays as it is, but {key}={given} was given; leave that "
        "out, or start from nothing with --from none"
    )
