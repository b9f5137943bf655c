"""Windows of a training text, and the validator of a validation text, in either direction."""

import numpy as np

from lmkit.data.batches import Batches
from lmkit.data.prepared_text import PreparedText
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.recipes.prepare import ResolvedRun
from lmkit.training.text_validation import TextValidator


def batches_of(run: ResolvedRun, text: PreparedText, direction: str) -> Batches:
    """Return the windows of the training text, of all processes.

    Args:
        run: The run.
        text: The prepared text.
        direction: forward or backward.
    """
    return Batches(
        text.train.ids,
        batch=run.config.training.batch,
        time=run.config.training.time,
        line_end_id=text.tokenizer.line_end_id,
        reverse=direction == "backward",
        seed=run.seed if run.config.data.shift_epochs else None,
    )


def validator_of(
    text: PreparedText, model: RecurrentLM | AverageLM, direction: str
) -> TextValidator:
    """Return the validator of a model; a backward one reads the text from its last word.

    Args:
        text: The prepared text.
        model: The model to measure.
        direction: forward or backward.
    """
    ids = text.valid.ids
    if direction == "backward":
        ids = np.append(ids[:-1][::-1], ids[-1:])
    return TextValidator(model, ids, words=text.valid.words, line_end_id=text.tokenizer.line_end_id)
