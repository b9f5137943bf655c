"""An n-gram model as one safetensors file, checked from end to end when it is read.

Keys are written as the last words and the number of n-grams that go on from each context, in the
smallest integers that hold them. Nothing in the file is ever executed.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from lmkit.core.errors import ModelError
from lmkit.core.files import atomic_path, utf8_path
from lmkit.models.ngram.kneser_ney import Discounts, Level, NGramTables
from lmkit.models.weights import disk_errors

KEY = "lmkit n-gram"
FORMAT_VERSION = 1
ROUNDING = 1e-4  # how far above 0 the logarithm of a probability may be written


def save_tables(tables: NGramTables, path: Path) -> None:
    """Write the tables of an n-gram model.

    Args:
        tables: What to write.
        path: The file, replaced if it is there.
    """
    vocab_size = len(tables.levels[0].keys)
    arrays: dict[str, NDArray[np.generic]] = {}
    contexts = 1
    for order, level in enumerate(tables.levels, start=1):
        followers = np.bincount(level.keys // vocab_size, minlength=contexts)
        arrays[f"{order}.words"] = _smallest(level.keys % vocab_size)
        arrays[f"{order}.followers"] = _smallest(followers)
        arrays[f"{order}.log_probs"] = level.log_probs
        arrays[f"{order}.back_offs"] = level.back_offs
        contexts = len(level.keys)
    facts = {
        "format_version": FORMAT_VERSION,
        "order": len(tables.levels),
        "vocab_size": vocab_size,
        "line_end_id": tables.line_end_id,
        "discounts": tables.discounts,
    }
    metadata = {KEY: json.dumps(facts)}  # one entry: their order varies
    with atomic_path(path) as partial, disk_errors():
        save_file(arrays, partial, metadata=metadata)


def load_tables(path: Path) -> NGramTables:
    """Read the tables of an n-gram model.

    Args:
        path: A file that `save_tables` wrote.

    Returns:
        The tables.

    Raises:
        ModelError: If the file is missing, damaged, of a newer format or of another kind.
    """
    if not path.is_file():
        raise ModelError(f"no n-gram model at {path}")
    try:
        return _read(path)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise ModelError(f"the n-gram model {path} is damaged: {error}; fit it again") from error


def _read(path: Path) -> NGramTables:
    with utf8_path(path) as readable, safe_open(readable, framework="numpy") as file:
        facts = json.loads((file.metadata() or {})[KEY])
        if facts["format_version"] > FORMAT_VERSION:
            raise ModelError(
                f"the n-gram model {path} is of a newer format; update lmkit to read it"
            )
        vocab_size, order = int(facts["vocab_size"]), int(facts["order"])
        levels: list[Level] = []
        for number in range(1, order + 1):
            names = ("words", "followers", "log_probs", "back_offs")
            parts = [file.get_tensor(f"{number}.{name}") for name in names]
            contexts = len(levels[-1].keys) if levels else 1
            levels.append(_level(parts, contexts, vocab_size))
    line_end_id = int(facts["line_end_id"])
    if len(levels[0].keys) != vocab_size or not 0 <= line_end_id < vocab_size:
        raise ValueError("its vocabulary is not whole")
    discounts: list[Discounts] = [
        (float(d[0]), float(d[1]), float(d[2])) for d in facts["discounts"]
    ]
    return NGramTables(tuple(levels), tuple(discounts), line_end_id)


def _level(parts: list[NDArray[np.generic]], contexts: int, vocab_size: int) -> Level:
    """Put one level together, refusing tables that could not have been written."""
    if [part.dtype.kind for part in parts] != ["u", "u", "f", "f"]:
        raise ValueError("its tables are of other types")
    words, followers = (part.astype(np.int64) for part in parts[:2])
    log_probs, back_offs = (part.astype(np.float32) for part in parts[2:])
    if len(followers) != contexts or followers.sum() != len(words) or followers.min(initial=0) < 0:
        raise ValueError("its contexts do not fit its words")
    if not len(words) == len(log_probs) == len(back_offs):
        raise ValueError("its tables differ in length")
    keys = np.repeat(np.arange(contexts), followers) * vocab_size + words
    if words.max(initial=0) >= vocab_size or (np.diff(keys) <= 0).any():
        raise ValueError("its n-grams are out of order")
    for logs in (log_probs, back_offs):
        if not np.isfinite(logs).all() or logs.max(initial=0) > ROUNDING:
            raise ValueError("it holds numbers that are no probabilities")
    return Level(keys, log_probs, back_offs)


def _smallest(values: NDArray[np.int64]) -> NDArray[np.generic]:
    """Return the values in the smallest unsigned integers that hold them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))
