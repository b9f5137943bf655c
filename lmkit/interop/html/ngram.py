"""An n-gram model as arrays of the page, its logarithms in 16 bits.

The reader is `lmkit/serve/static/engine/ngram.js`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmkit.core.json import JsonObject
from lmkit.interop.html.blob import Array
from lmkit.models.ngram.kneser_ney import Level, NGramTables

STEPS = 65_535  # of the scale that a level's logarithms lie on
BYTES = 6  # of one n-gram in the page, about: compressed, and written in base64

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PackedNGram:
    """An n-gram model ready to be written.

    Attributes:
        facts: For the header.
        arrays: Arrays by name.
    """

    facts: JsonObject
    arrays: dict[str, Array]


def rounded_tables(tables: NGramTables) -> NGramTables:
    """Return tables whose logarithms are those that the page reads; twice is once."""
    levels = [
        Level(level.keys, _read(*_scaled(level.log_probs)), _read(*_scaled(level.back_offs)))
        for level in tables.levels
    ]
    return NGramTables(tuple(levels), tables.discounts, tables.line_end_id)


def pack_ngram(tables: NGramTables) -> PackedNGram:
    """Return the arrays of an n-gram model."""
    vocab_size = len(tables.levels[0].keys)
    arrays: dict[str, Array] = {}
    scales: list[JsonObject] = []
    contexts = 1
    for order, level in enumerate(tables.levels, start=1):
        if order > 1:
            followers = np.bincount(level.keys // vocab_size, minlength=contexts)
            arrays[f"ngram.{order}.words"] = _smallest(level.keys % vocab_size)
            arrays[f"ngram.{order}.followers"] = _smallest(followers)
        scale: JsonObject = {}
        for name, logs in (("log_probs", level.log_probs), ("back_offs", level.back_offs)):
            low, step, values = _scaled(logs)
            arrays[f"ngram.{order}.{name}"] = values
            scale[name] = [low, step]
        scales.append(scale)
        contexts = len(level.keys)
    return PackedNGram({"order": len(tables.levels), "scales": scales}, arrays)


def _scaled(logs: Floats) -> tuple[float, float, NDArray[np.uint16]]:
    """Return the lowest logarithm, the step of the scale, and each as a number of steps."""
    if not len(logs):
        return 0.0, 0.0, np.zeros(0, dtype=np.uint16)
    low, high = float(logs.min()), float(logs.max())
    step = (high - low) / STEPS
    if step == 0.0:
        return low, 0.0, np.zeros(len(logs), dtype=np.uint16)
    values = np.rint((logs.astype(np.float64) - low) / step).astype(np.uint16)
    return low, step, values


def _read(low: float, step: float, values: NDArray[np.uint16]) -> Floats:
    """Return the logarithms as the page reads them."""
    return (low + step * values.astype(np.float64)).astype(np.float32)


def _smallest(values: NDArray[np.int64]) -> Array:
    """Return the values in the smallest of the types that a blob has."""
    largest = int(values.max(initial=0))
    kind = np.uint8 if largest < 1 << 8 else np.uint16 if largest < 1 << 16 else np.uint32
    return values.astype(kind)
