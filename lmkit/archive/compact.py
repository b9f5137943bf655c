"""The smallest form of a model folder: matrices in 8 bits a weight, shared tensors stored once.

It is read like any other folder; `save_archive` of what was read writes float32 again.
"""

from functools import partial
from pathlib import Path

from lmkit.archive.folder import Archive, archive_files
from lmkit.archive.kinds import kind_of
from lmkit.archive.layout import BACKWARD, MODEL
from lmkit.archive.writing import write_folder
from lmkit.core.errors import UsageError
from lmkit.models.base import Model
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.row_quantisation import dequantise_rows, quantise_rows
from lmkit.models.shared_tensors import without_shared
from lmkit.models.state_dict import to_state_dict
from lmkit.models.weights import load_weights, save_tensors


def save_compact(folder: Path, archive: Archive, *, card: str = "", metrics: str = "") -> None:
    """Write a model folder in its smallest form.

    Args:
        folder: Where.
        archive: What to write, its models recurrent.
        card: README.md, the model card.
        metrics: metrics.jsonl, one event a line.

    Raises:
        UsageError: If a model is of another kind.
        LmkitError: If the folder cannot be written.
    """
    files = dict(archive_files(archive, card=card, metrics=metrics))
    name = kind_of(archive.model).weights_file
    forward = quantise_rows(to_state_dict(_recurrent(archive.model)))
    files[name(MODEL)] = partial(save_tensors, forward)
    if archive.backward is not None:
        backward = quantise_rows(to_state_dict(_recurrent(archive.backward)))
        files[name(BACKWARD)] = partial(save_tensors, without_shared(backward, forward))
    write_folder(folder, files)


def round_weights(model: RecurrentLM) -> None:
    """Round the weights of a model to those that its compact folder holds.

    Args:
        model: Changed in place; what is fitted afterwards suits the folder.
    """
    load_weights(model, dequantise_rows(quantise_rows(to_state_dict(model))))


def _recurrent(model: Model) -> RecurrentLM:
    if isinstance(model, RecurrentLM):
        return model
    raise UsageError(f"8 bits a weight are for recurrent models, not for a {type(model).__name__}")
