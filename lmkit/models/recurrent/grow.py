"""Growth of a recurrent model by words: all it knows stays, and new words get rows of their own.

The head has one row for each word: full or sampled. Knows no text; where the new rows come from
is the matter of `new_words`.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.weights import weights_of
from lmkit.nn.heads.full import FullHead

HEAD = "sampled"  # of a grown model: it has the weights of the full one, and trains on few rows


@dataclass(frozen=True, slots=True)
class NewRows:
    """Rows of new words.

    Attributes:
        vectors: What the model reads, shape (new, embedding).
        biases: Of the head, shape (new,).
        outputs: What the head multiplies with, shape (new, embedding); None where that is tied to
            the vectors.
    """

    vectors: Tensor
    biases: Tensor
    outputs: Tensor | None = None


def check_can_grow(model: RecurrentLM) -> None:
    """Check that words can be added to a model.

    Raises:
        UsageError: If its head has no row for each word.
    """
    if not isinstance(model.head, FullHead):
        raise UsageError(
            f"words cannot be added to a model with the head {model.config.head!r}; start from "
            "one that was trained with --set head=sampled or head=full"
        )


def grown(
    model: RecurrentLM, rows: NewRows, config: RecurrentLMConfig | None = None
) -> RecurrentLM:
    """Return a model with more words: a copy of its weights, the new rows after its own.

    Args:
        model: The model to start from; not changed.
        rows: Of the new words, in the order of their ids.
        config: Regularisation for training it further; that of the model where left out.

    Returns:
        The model in evaluation mode; its temperature is 1, to be fitted anew after training.

    Raises:
        UsageError: If its head has no row for each word.
    """
    check_can_grow(model)
    size = model.vocab_size + len(rows.biases)
    config = replace(config or model.config, vocab_size=size, head=HEAD)
    larger = RecurrentLM(config, make_generator(0))
    own = weights_of(model)
    added = {
        "embedding.weight": rows.vectors,
        "head.own_weight": rows.outputs,
        "head.bias": rows.biases,
    }
    with torch.no_grad():
        for name, weight in weights_of(larger).items():
            more = added.get(name)
            if name != "head.temperature":
                weight.copy_(own[name] if more is None else torch.cat([own[name], more]))
    return larger.eval()
