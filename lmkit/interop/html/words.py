"""A tokenizer as the page reads it: its tokens, how they join their neighbours, and its rules.

The masks are made here, so that the page needs no tables of Unicode of its own. Its reader is
`lmkit/serve/static/engine/tokenizer.js`.
"""

import json
from dataclasses import dataclass

import numpy as np

from lmkit.core.json import JsonObject
from lmkit.inference.vocabulary import Place, Vocabulary
from lmkit.interop.html.blob import Array
from lmkit.text.tokenizer import Tokenizer

# Bits of a token, in the order of this tuple.
FLAGS = (
    "continues",
    "hidden",
    "opens",
    "shown",
    "spaced",
    "punctuation",
    "joins_letters",
    "unspaced",
)


@dataclass(frozen=True, slots=True)
class PackedTokenizer:
    """A tokenizer ready to be written.

    Attributes:
        facts: Rules, for the header.
        arrays: Arrays by name.
    """

    facts: JsonObject
    arrays: dict[str, Array]


def pack_tokenizer(tokenizer: Tokenizer) -> PackedTokenizer:
    """Return a tokenizer as facts and arrays."""
    config = tokenizer.config
    library = json.loads(tokenizer.to_library().to_str())["model"]
    names = _names(library, tokenizer.vocab_size)
    facts: JsonObject = {
        "unit": config.unit,
        "split": config.split,
        "lowercase": config.lowercase,
        "straight_quotes": config.straight_quotes,
        "unknown_id": tokenizer.unknown_id,
        "line_end_id": tokenizer.line_end_id,
        "letters": Vocabulary(tokenizer).letters,
        "flags": [*FLAGS],
    }
    arrays: dict[str, Array] = {
        "tokens": np.frombuffer(json.dumps(names, ensure_ascii=False).encode(), dtype=np.uint8),
        "flags": _flags(Vocabulary(tokenizer)),
    }
    if config.unit == "bpe":
        arrays["merges"] = _merges(library)
    if config.unit == "unigram":
        arrays["scores"] = np.array([score for _, score in library["vocab"]], dtype=np.float64)
    return PackedTokenizer(facts, arrays)


def _names(library: JsonObject, size: int) -> list[str]:
    """Return the tokens as the library spells them, by id."""
    if isinstance(library["vocab"], list):
        return [name for name, _ in library["vocab"]]
    names = [""] * size
    for name, number in library["vocab"].items():
        names[number] = name
    return names


def _merges(library: JsonObject) -> Array:
    """Return the ids of the two parts of each merge and of what they make, best first."""
    numbers = library["vocab"]
    pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in library["merges"]]
    rows = [(numbers[left], numbers[right], numbers[left + right]) for left, right in pairs]
    return np.array(rows, dtype=np.uint32).reshape(-1, 3)


def _flags(vocabulary: Vocabulary) -> Array:
    usable = ~vocabulary.hidden
    masks = (
        vocabulary.continues,
        vocabulary.hidden,
        vocabulary.opens,
        vocabulary.shown,
        vocabulary.spaced,
        vocabulary.punctuation,
        vocabulary.joins_letters,
        usable & vocabulary.starting(Place.LINE_START) & ~vocabulary.spaced,
    )
    flags = np.zeros(len(vocabulary), dtype=np.uint8)
    for bit, mask in enumerate(masks):
        flags |= mask.astype(np.uint8) << bit
    return flags
