"""Several streams with what stands before them read the same as one."""

import math

import numpy as np
import pytest
import torch

from lmkit.core.perplexity import perplexity
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.sequence import stream_log_probs
from lmkit.training import text_validation
from lmkit.training.text_validation import TextValidator


@pytest.fixture
def model():
    config = RecurrentLMConfig(vocab_size=9, layers=2, hidden=6, embedding=6, head="full")
    return RecurrentLM(config, torch.Generator().manual_seed(0))


def one_stream(model, ids):
    inputs = torch.tensor([[1, *ids[:-1]]])
    found, _ = model.read(inputs, model.start(1))
    return float(-found.log_prob_of(torch.tensor([ids])).double().mean())


@pytest.mark.parametrize("count", [1, 7, 63, 64, 500, 513])
def test_streams_side_by_side_agree_with_one(model, monkeypatch, count):
    monkeypatch.setattr(text_validation, "PART", 64)
    monkeypatch.setattr(text_validation, "BEFORE", 50)
    monkeypatch.setattr(text_validation, "POSITIONS", 40)
    ids = np.random.default_rng(0).integers(0, 9, 600).astype(np.uint8)
    validator = TextValidator(model, ids, words=400, line_end_id=1)
    found = validator.validate(count)
    nats = one_stream(model, ids[:count].tolist())
    assert found.tokens == count
    assert found.nats_per_token == pytest.approx(nats, rel=1e-5)
    assert found.perplexity == pytest.approx(math.exp(nats * 1.5), rel=1e-5)


def test_dropout_is_off_and_on_again(model):
    model.train()
    TextValidator(model, np.array([1, 2, 3]), words=3, line_end_id=1).validate(3)
    assert model.training


@pytest.mark.parametrize(("ids", "places"), [(1, 1), (90, 1), (600, 8)])
def test_a_sample_is_what_one_stream_would_show(model, monkeypatch, ids, places):
    monkeypatch.setattr(text_validation, "PART", 64)
    monkeypatch.setattr(text_validation, "BEFORE", 60)
    monkeypatch.setattr(text_validation, "POSITIONS", 40)
    text = np.random.default_rng(0).integers(0, 9, ids).astype(np.uint8)
    validator = TextValidator(model, text, words=ids, line_end_id=1)
    hidden, targets = validator.sample(24)
    length, apart = min(24 // places, ids // places), ids // places
    where = [place * apart + step for place in range(places) for step in range(length)]
    assert targets.tolist() == text[where].tolist()
    whole, _ = model.read(torch.tensor([[1, *text[:-1]]]), model.start(1))
    torch.testing.assert_close(hidden, whole.hidden[0, where], rtol=0, atol=5e-3)  # 60 ids before


def test_training_and_evaluation_tell_one_number_for_one_text(model):
    ids = np.random.default_rng(1).integers(0, 9, 300).astype(np.int64)
    found = TextValidator(model, ids, words=70, line_end_id=1).validate(300)
    nats = -float(stream_log_probs(model, ids, line_end_id=1).sum())
    assert found.nats == pytest.approx(nats, rel=1e-6)
    assert perplexity(found.nats, 70) == found.perplexity
    assert found.words == 70


def test_more_tokens_than_there_are_stand_for_all(model):
    validator = TextValidator(model, np.array([1, 2, 3, 1]), words=2, line_end_id=1)
    assert validator.validate(10**9) == validator.validate(4)
    assert validator.validate(0).tokens == 1
    assert validator.validate(2).words == 1.0


def test_the_text_is_read_on_the_device_of_the_model(model, other, monkeypatch):
    monkeypatch.setattr(text_validation, "PART", 40)
    monkeypatch.setattr(text_validation, "BEFORE", 20)
    text = np.random.default_rng(0).integers(0, 9, 100)
    here = TextValidator(model, text, words=100, line_end_id=1).validate(100)
    there = TextValidator(model.to(other.OTHER), text, words=100, line_end_id=1)
    assert there.validate(100).nats == pytest.approx(here.nats, rel=1e-5)
    hidden, targets = there.sample(10)
    assert hidden.device == targets.device == other.OTHER


@pytest.mark.parametrize("count", [7, 100, 513])
@pytest.mark.parametrize("size", [2, 3])
def test_the_parts_of_several_processes_sum_to_the_whole(model, monkeypatch, count, size):
    monkeypatch.setattr(text_validation, "PART", 64)
    monkeypatch.setattr(text_validation, "BEFORE", 50)
    ids = np.random.default_rng(0).integers(0, 9, 600).astype(np.uint8)
    validator = TextValidator(model, ids, words=400, line_end_id=1)
    whole = validator.validate(count)
    parts = [validator.validate_part(count, rank, size) for rank in range(size)]
    assert sum(part.nats for part in parts) == pytest.approx(whole.nats, rel=1e-6)
    assert {(part.tokens, part.words) for part in parts} == {(whole.tokens, whole.words)}


def test_a_device_is_waited_for_once_in_a_validation(model, other, monkeypatch):
    monkeypatch.setattr(text_validation, "POSITIONS", 20)
    text = np.random.default_rng(0).integers(0, 9, 100)
    validator = TextValidator(model.to(other.OTHER), text, words=100, line_end_id=1)
    waits = 0
    stack = torch.stack

    def counting(tensors, *rest, **options):
        nonlocal waits
        result = stack(tensors, *rest, **options)
        waits += len(tensors) == 5  # the sums of all windows at once
        return result

    monkeypatch.setattr(torch, "stack", counting)
    with other.no_waiting(), pytest.raises(other.WaitError):
        validator.validate(100)
    assert waits == 1
