"""One step in ONNX measured beside lmkit's own."""

import pytest

from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig


def test_every_way_to_ask_is_measured(bench):
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    config = RecurrentLMConfig(vocab_size=60, layers=2, hidden=8, embedding=8, head="full")
    found = bench("onnx_step").measure(config, 1)
    assert list(found) == ["float32", "int8", "onnx", "onnx_alone"]
    assert all(time >= 0 for time in found.values())
