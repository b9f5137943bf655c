"""Names of the files of a model folder."""

from pathlib import Path

from lmkit.archive.kinds import kind_named, numbered
from lmkit.archive.manifest import MANIFEST, PENDING, place_of, read_json
from lmkit.archive.writing import CARD
from lmkit.core.errors import ModelError
from lmkit.models.adapters import ADAPTERS
from lmkit.models.adapters.stack import adapter_of

TRAINING = "training"  # the folder for resuming, inside the model folder
MODEL, BACKWARD = "model", "backward"  # stems of the files of weights
NGRAM = "ngram.safetensors"
CONFIG, TOKENIZER = "config.json", "tokenizer.json"
OWN_TOKENIZER = "lmkit.json"  # ours, where tokenizer.json is for other programs
METRICS = "metrics.jsonl"
REQUIRED = (CONFIG, TOKENIZER)
RUN = "run.json"  # in `training/`: makes a folder one that a training run began


def possible_names(kind: str = "recurrent", *, models: int = 1) -> tuple[str, ...]:
    """Return the names of the files that a model folder may have.

    Args:
        kind: A name in `KINDS`.
        models: Networks of a direction, each with a file of its own.
    """
    stems = [
        numbered(stem, number) for stem in (MODEL, BACKWARD) for number in range(1, models + 1)
    ]
    weights = [kind_named(kind).weights_file(stem) for stem in stems]
    assets = [file for name in ADAPTERS if (file := adapter_of(name).file) is not None]
    return (*weights, *assets, CONFIG, TOKENIZER, CARD, METRICS, MANIFEST)


def is_model_folder(folder: Path) -> bool:
    """Tell whether a folder was written by lmkit, or is the beginning of a training run of it."""
    if (folder / TRAINING / RUN).is_file():
        return True
    if not (folder / MANIFEST).is_file() and not (folder / PENDING).is_file():
        return False
    try:
        return "architecture" in read_json(place_of(folder, CONFIG))
    except ModelError:
        return False
