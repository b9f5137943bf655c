"""Bodies of questions that look inside."""

import pytest
from pydantic import ValidationError

from lmkit.serve.schemas.lab import AnalogyBody, Force, TraceAnswer, TraceBody, UnitBody


def test_the_first_token_is_called_from():
    assert TraceBody(**{"text": "a", "from": 3}).begin == 3
    answer = TraceAnswer(**{"text": "", "kind": "lstm", "from": 1, "words": [], "layers": []})
    assert answer.model_dump(by_alias=True)["from"] == 1
    with pytest.raises(ValidationError):
        TraceBody(text="a", begin=3)


@pytest.mark.parametrize("value", [0, 1, 0.5, "mean"])
def test_a_gate_is_held_at_a_value_or_its_mean(value):
    assert Force(gate="forget", value=value).value == value


@pytest.mark.parametrize(
    "fields",
    [{"value": "open"}, {"value": -0.1}, {"value": 1.1}, {"value": None},
     {"value": 0, "units": []}, {"value": 0, "units": [-1]}, {"value": 0, "layer": -1}],
)  # fmt: skip
def test_gates_held_otherwise_are_refused(fields):
    with pytest.raises(ValidationError):
        Force(gate="forget", **fields)


def test_layers_count_from_1_and_an_analogy_has_three_words():
    with pytest.raises(ValidationError):
        UnitBody(text="a", layer=0)
    with pytest.raises(ValidationError):
        AnalogyBody(words=["a", "b", "c", "d"])
