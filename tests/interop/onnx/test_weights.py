"""The file of weights that graphs share."""

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from lmkit.interop.onnx.weights import WeightsFile


def facts(tensor):
    return {entry.key: entry.value for entry in tensor.external_data}


def test_a_weight_is_stored_once_however_often_it_is_named(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    with (tmp_path / "w").open("wb") as file:
        weights = WeightsFile(file)
        first, second = weights.tensor("a", array), weights.tensor("a", array)
    assert first is second
    assert (tmp_path / "w").read_bytes() == array.tobytes()
    assert facts(first) == {"location": "w", "offset": "0", "length": "24"}
    assert list(first.dims) == [2, 3]


def test_each_weight_begins_a_page(tmp_path):
    with (tmp_path / "w").open("wb") as file:
        weights = WeightsFile(file)
        weights.tensor("a", np.ones(3, np.float32))
        second = facts(weights.tensor("b", np.full((2, 2), 7, np.float32).T))
    assert second["offset"] == "4096"
    content = (tmp_path / "w").read_bytes()[4096:]
    assert np.array_equal(np.frombuffer(content, "<f4"), np.full(4, 7))
