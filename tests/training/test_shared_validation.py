"""A validation text read by several processes gives each the figure of one."""

import numpy as np
import pytest
import torch

from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.training import text_validation
from lmkit.training.shared_validation import SharedValidator
from lmkit.training.text_validation import TextValidator
from lmkit.training.world import SingleProcess


@pytest.fixture
def validator(monkeypatch):
    monkeypatch.setattr(text_validation, "PART", 64)
    monkeypatch.setattr(text_validation, "BEFORE", 50)
    config = RecurrentLMConfig(vocab_size=9, hidden=6, embedding=6, head="full")
    ids = np.random.default_rng(0).integers(0, 9, 600).astype(np.uint8)
    model = RecurrentLM(config, torch.Generator().manual_seed(0))
    return TextValidator(model, ids, words=400, line_end_id=1)


@pytest.mark.parametrize("tokens", [5, 300, 600])
def test_every_process_has_the_result_of_one(together, validator, tokens):
    whole = validator.validate(tokens)
    found = together(3, lambda world: SharedValidator(validator, world).validate(tokens))
    assert found[0] == found[1] == found[2]
    assert found[0].nats == pytest.approx(whole.nats, rel=1e-6)
    assert (found[0].tokens, found[0].words) == (whole.tokens, whole.words)


def test_one_process_reads_all(validator):
    shared = SharedValidator(validator, SingleProcess())
    assert shared.tokens == 600
    assert shared.validate(600) == validator.validate(600)
