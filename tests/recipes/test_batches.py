"""Windows of the training text and the validator, in either direction."""

import numpy as np
import pytest

from lmkit.recipes.batches import batches_of, validator_of
from lmkit.recipes.members import Member
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.train import _new_model


@pytest.fixture
def data(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask(direction="both"))))
    return data


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_windows_are_of_the_text_in_its_direction(data, direction):
    batches = batches_of(data.run, data.text, direction)
    assert batches.batch == data.run.config.training.batch
    ids = np.asarray(data.text.train.ids).tolist()
    text = ids[::-1] if direction == "backward" else ids
    window = batches.at(1).targets[0].tolist()
    places = [place for place in range(len(text)) if text[place : place + len(window)] == window]
    assert places
    assert batches.at(1).inputs[0].tolist()[1:] == window[:-1]


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_a_validator_reads_every_id_of_the_validation_text_once(data, direction):
    model = _new_model(data, Member(direction))
    validator = validator_of(data.text, model, direction)
    assert validator.tokens == len(data.text.valid.ids)
    assert validator.validate(10**9).perplexity < 2 * data.text.tokenizer.vocab_size
