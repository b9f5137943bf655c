"""The binary file inside the page."""

import zlib

import numpy as np
import pytest

from lmkit.core.errors import ModelError
from lmkit.interop.html.blob import ALIGNMENT, FORMAT, TYPES, read_blob, write_blob


def arrays() -> dict[str, np.ndarray]:
    chance = np.random.default_rng(1)
    return {kind: chance.integers(0, 100, (3, 5)).astype(kind) for kind in TYPES}


def test_what_was_written_is_read():
    header, found = read_blob(write_blob({"id": "cats", "card": "é 文"}, arrays()))
    assert header == {"format": FORMAT, "id": "cats", "card": "é 文"}
    for name, array in arrays().items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)


def test_every_array_begins_at_a_multiple_of_what_is_read_at_once():
    blob = write_blob({"id": "x" * 7}, arrays())
    raw = zlib.decompress(blob)
    length = int.from_bytes(raw[:4], "little")
    assert (4 + length) % ALIGNMENT == 0
    import json

    places = json.loads(raw[4 : 4 + length])["arrays"]
    assert {place["offset"] % ALIGNMENT for place in places.values()} == {0}


def test_equal_arrays_are_stored_once():
    table = np.arange(100_000, dtype=np.uint32)
    one = write_blob({}, {"a": table})
    two = write_blob({}, {"a": table, "b": table.copy()})
    assert len(two) < len(one) + 200
    assert np.array_equal(read_blob(two)[1]["b"], table)


def test_empty_arrays_are_read_too():
    _, found = read_blob(write_blob({}, {"none": np.zeros(0, np.uint16), "one": np.ones(1, "u1")}))
    assert found["none"].shape == (0,)
    assert found["one"].tolist() == [1]


def test_equal_content_gives_equal_bytes():
    assert write_blob({"id": "a"}, arrays()) == write_blob({"id": "a"}, arrays())


def test_an_array_of_another_type_is_refused():
    with pytest.raises(ValueError, match="int64"):
        write_blob({}, {"a": np.zeros(3, np.int64)})


@pytest.mark.parametrize(
    "damaged", [b"", b"no zlib", zlib.compress(b"\x10\0\0\0{}"), zlib.compress(b"ab")]
)
def test_damage_is_told(damaged):
    with pytest.raises(ModelError, match="damaged"):
        read_blob(damaged)
