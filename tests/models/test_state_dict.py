"""A model as named tensors, and back."""

from dataclasses import replace

import pytest
import torch

from lmkit.core.errors import ModelError
from lmkit.core.seeding import make_generator
from lmkit.models import state_dict
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.state_dict import from_state_dict, to_state_dict

CONFIG = RecurrentLMConfig(vocab_size=12, layers=2, hidden=6, embedding=4, head="full")


def model():
    return RecurrentLM(CONFIG, make_generator(3))


def test_a_model_comes_back():
    made = from_state_dict(CONFIG, to_state_dict(model()))
    ids = torch.tensor([[1, 2, 3]])
    found = [m.read(ids, m.start(1))[0].log_probs() for m in (made, model().eval())]
    assert torch.equal(*found)
    assert not made.training


def test_the_names_are_those_that_are_documented():
    names = set(to_state_dict(model()))
    assert {"embedding.weight", "project.weight", "project.bias", "head.temperature"} <= names
    lstm = {"weight_input", "weight_hidden", "bias_input", "bias_hidden"}
    assert {f"recurrent.layers.1.{name}" for name in lstm} <= names
    for name in (*lstm, "embedding.tables.N", "head.temperature"):
        assert name in state_dict.__doc__
    assert "head.weight" not in names  # tied to the embedding, stored once


def test_the_gates_stand_in_the_order_that_is_documented():
    assert RecurrentLM(CONFIG).recurrent.cells[0].blocks == (
        "input",
        "forget",
        "candidate",
        "output",
    )


def test_tensors_of_another_program_are_imported_by_renaming_them():
    theirs = {f"lstm/{name}": tensor.clone() for name, tensor in to_state_dict(model()).items()}
    made = from_state_dict(CONFIG, {name.removeprefix("lstm/"): t for name, t in theirs.items()})
    assert made.parameter_count() == model().parameter_count()


def test_tensors_of_another_shape_or_name_are_refused():
    tensors = to_state_dict(model())
    with pytest.raises(ModelError, match="shape"):
        from_state_dict(replace(CONFIG, hidden=7), tensors)
    with pytest.raises(ModelError, match="one side"):
        from_state_dict(CONFIG, {"more": torch.zeros(1), **tensors})
