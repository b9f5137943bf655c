"""Traces over HTTP are those of `lmkit trace`."""

import json

import numpy as np
import pytest

from lmkit.core.errors import UsageError
from lmkit.serve.asking import Asked
from lmkit.serve.options import Limits
from lmkit.serve.tracing import answer_trace

TEXT = "the cat sat on"


def traced(asked, run_strands, text=TEXT, begin=0, as_bytes=False):
    return run_strands(answer_trace(asked, text, begin=begin, as_bytes=as_bytes))[0]


def widened(content):
    """Read the bytes as a page does: value = low + byte * (high - low) / 255."""
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    body = np.frombuffer(content[4 + length :], dtype=np.uint8)
    rows = len(header["tokens"]) - header["from"]
    layers = []
    for layer in header["layers"]:
        found = {}
        for part in layer["parts"]:
            values = body[part["offset"] : part["offset"] + rows * layer["units"]]
            step = (part["high"] - part["low"]) / 255
            found[part["name"]] = (part["low"] + values * step).reshape(rows, layer["units"])
        layers.append(found)
    return header, layers


def test_a_trace_is_that_of_the_command(asked, lm, run_strands):
    found, expected = traced(asked, run_strands), lm.trace(TEXT)
    assert (found["text"], found["kind"]) == (TEXT, "lstm")
    assert found["words"] == list(expected.words)
    for layer, own in zip(found["layers"], expected.layers, strict=True):
        for name, rows in own.gates.items():
            np.testing.assert_allclose(layer["gates"][name], rows, atol=1e-6)
        for name in ("candidate", "cell", "hidden"):
            np.testing.assert_allclose(layer[name], getattr(own, name), atol=1e-6)


def test_the_tokens_from_one_on_are_the_end_of_all(asked, run_strands):
    whole, tail = traced(asked, run_strands), traced(asked, run_strands, begin=2)
    assert tail["words"] == whole["words"][2:]
    assert tail["layers"][1]["cell"] == whole["layers"][1]["cell"][2:]


def test_bytes_are_the_numbers_to_one_step_in_255(asked, run_strands):
    whole = traced(asked, run_strands, begin=1)
    header, layers = widened(traced(asked, run_strands, begin=1, as_bytes=True))
    assert header["cell"] == "lstm"
    assert header["tokens"][1:] == whole["words"]
    for layer, own in zip(layers, whole["layers"], strict=True):
        numbers = {**own["gates"], **{n: own[n] for n in ("candidate", "cell", "hidden")}}
        assert set(layer) == set(numbers)
        for name, rows in numbers.items():
            spread = np.ptp(np.array(rows))
            np.testing.assert_allclose(layer[name], rows, atol=spread / 255)


@pytest.mark.parametrize(
    ("text", "begin", "said"), [("", 0, "no word"), ("the", 1, "from is at most 0")]
)
def test_nothing_to_trace_is_refused(asked, run_strands, text, begin, said):
    if text and len(asked.encode(text)) > 2:
        pytest.skip("this model cuts the word into several tokens")
    with pytest.raises(UsageError, match=said):
        traced(asked, run_strands, text, begin)


def test_long_traces_are_for_bytes(asked, run_strands):
    short = Asked(asked.model, asked.key, Limits(trace_tokens=2))
    with pytest.raises(UsageError, match="application/octet-stream"):
        traced(short, run_strands)
    assert traced(short, run_strands, as_bytes=True)
    last = len(asked.encode(TEXT)) - 3
    assert len(traced(short, run_strands, begin=last)["words"]) == 2
