"""The binary file inside the page: a JSON header and typed arrays, compressed.

Layout before compression: the length of the header (uint32, little-endian), the header in UTF-8,
and the arrays, each at a multiple of 16 bytes from the beginning. `header["arrays"]` names for each
its `type`, `shape` and `offset`. Arrays of equal bytes are stored once. The JavaScript reader is
`lmkit/serve/static/engine/blob.js`. Knows nothing of models.
"""

import json
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lmkit.core.errors import ModelError
from lmkit.core.json import JsonObject

FORMAT = 1
ALIGNMENT = 16  # bytes; what the page's vector instructions read at once
TYPES = ("int8", "uint8", "uint16", "uint32", "float32", "float64")
_LEVEL = 9  # of the compression

Array = NDArray[np.generic]


def write_blob(header: Mapping[str, object], arrays: Mapping[str, Array]) -> bytes:
    """Return a compressed blob.

    Args:
        header: Plain values; `format` and `arrays` are added.
        arrays: Arrays by name, each of a type in `TYPES`.

    Returns:
        Bytes in the zlib format.
    """
    places: dict[str, JsonObject] = {}
    content: list[bytes] = []
    known: dict[bytes, int] = {}
    size = 0
    for name, array in arrays.items():
        raw = _raw(array)
        if raw not in known:
            known[raw] = size
            content += [raw, bytes(-len(raw) % ALIGNMENT)]
            size += len(raw) + len(content[-1])
        places[name] = {"type": str(array.dtype), "shape": [*array.shape], "offset": known[raw]}
    text = _header_bytes({"format": FORMAT, **header, "arrays": places})
    return zlib.compress(b"".join([text, *content]), _LEVEL)


def read_blob(blob: bytes) -> tuple[JsonObject, dict[str, Array]]:
    """Read what `write_blob` returned.

    Raises:
        ModelError: If it is anything else.
    """
    try:
        raw = zlib.decompress(blob)
        length = int.from_bytes(raw[:4], "little")
        header = json.loads(raw[4 : 4 + length])
        places = header.pop("arrays")
        return header, {name: _array(raw, 4 + length, place) for name, place in places.items()}
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the model inside the page is damaged: {error}") from error


def _raw(array: Array) -> bytes:
    if str(array.dtype) not in TYPES:
        raise ValueError(f"an array of {array.dtype} cannot be written")
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return np.ascontiguousarray(little).tobytes()


def _header_bytes(header: Mapping[str, object]) -> bytes:
    """Return the length and the header, which ends in spaces at a multiple of the alignment."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % ALIGNMENT)
    return len(text).to_bytes(4, "little") + text


def _array(raw: bytes, start: int, place: JsonObject) -> Array:
    shape = tuple(place["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    kind = np.dtype(place["type"]).newbyteorder("<")
    return np.frombuffer(raw, kind, count, start + place["offset"]).reshape(shape)
