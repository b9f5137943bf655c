"""Training of one network of a run."""

import importlib
from dataclasses import replace

import numpy as np
import pytest

from lmkit.core.perplexity import perplexity
from lmkit.models.sequence import stream_log_probs
from lmkit.recipes.members import Member
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.train import (
    _new_model,
    batches_of,
    calibration_readings,
    train_member,
    validator_of,
)
from lmkit.training.checkpoint import has_checkpoint
from lmkit.training.events import TemperatureFitted

recipes_train = importlib.import_module("lmkit.recipes.train")


def never():
    return False


@pytest.fixture
def data(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask(direction="both"))))
    return data


def test_each_network_has_a_folder_and_weights_of_its_own(data, run_phase):
    found = set()
    for member in (Member("forward"), Member("forward", 2), Member("backward")):
        _, result = run_phase(train_member(data, member, stop=never))
        assert has_checkpoint(data.run.folder / member.name)
        found.add(result.model.embedding.weight.sum().item())
    assert len(found) == 3


def test_an_interrupted_network_goes_on_and_ends_with_the_same_weights(data, run_phase):
    member, steps = Member("backward", 2), []
    _, whole = run_phase(train_member(data, member, stop=never))
    for path in (data.run.folder / member.name).iterdir():
        path.unlink()
    _, part = run_phase(
        train_member(data, member, stop=lambda: bool(steps.append(1)) or len(steps) > 2)
    )
    assert part.finished.reason == "interrupted"
    _, resumed = run_phase(train_member(data, member, stop=never))
    assert all(
        (a == b).all()
        for a, b in zip(resumed.model.parameters(), whole.model.parameters(), strict=True)
    )


def test_a_backward_model_is_measured_on_the_reversed_text(data, run_phase):
    _, result = run_phase(train_member(data, Member("backward"), stop=never))
    text = data.text
    ids = np.append(np.asarray(text.valid.ids)[:-1][::-1], text.valid.ids[-1:])
    end = text.tokenizer.line_end_id
    nats = -float(stream_log_probs(result.model, ids, line_end_id=end).sum())
    found = validator_of(text, result.model, "backward").validate(10**9).perplexity
    assert found == pytest.approx(perplexity(nats, text.valid.words), rel=1e-5)


def test_the_fitted_temperature_is_said_and_kept(data, run_phase):
    events, result = run_phase(train_member(data, Member("forward"), stop=never))
    (fitted,) = [event for event in events if isinstance(event, TemperatureFitted)]
    assert float(result.model.head.temperature) == fitted.temperature
    assert result.perplexity == fitted.perplexity <= result.finished.best_perplexity


def test_a_temperature_that_does_not_help_is_dropped(data, run_phase, monkeypatch):
    monkeypatch.setattr(
        recipes_train, "fit_temperature", lambda head, *_: head.temperature.fill_(9.0)
    )
    _, result = run_phase(train_member(data, Member("forward"), stop=never))
    assert float(result.model.head.temperature) == 1.0
    assert result.perplexity == result.finished.best_perplexity


def test_the_end_costs_more_readings_where_a_temperature_is_fitted(data):
    validator = validator_of(data.text, _new_model(data, Member("forward")), "forward")
    plain = replace(
        data.run.config, training=replace(data.run.config.training, fit_temperature=False)
    )
    assert calibration_readings(plain, validator) == 1.0
    assert calibration_readings(data.run.config, validator) > 1.0


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
