"""Third phase: each direction trained in turn."""

import importlib
import math
from dataclasses import replace

import pytest
import torch

from lmkit.core.free_cores import FreeCores
from lmkit.core.perplexity import perplexity
from lmkit.models.sequence import stream_log_probs
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.train import (
    _new_model,
    _validator,
    calibration_readings,
    prepared_event,
    train,
)
from lmkit.training.events import Finished, Prepared, Status, TemperatureFitted, Warned

recipes_train = importlib.import_module("lmkit.recipes.train")


def never():
    return False


def test_two_directions_are_trained_and_announced(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask(direction="both"))))
    events, results = run_phase(train(data, stop=never))
    assert len(results) == 2
    assert [type(e) for e in events if isinstance(e, Prepared | Status)] == [Prepared, Status]
    assert len([e for e in events if isinstance(e, Finished)]) == 2
    assert all(math.isfinite(result.perplexity) for result in results)


def test_equal_seeds_give_equal_models_and_directions_differ(ask, run_phase):
    found = []
    for _ in range(2):
        _, data = run_phase(prepare(resolve(ask(direction="both", force=True, seed=2))))
        _, results = run_phase(train(data, stop=never))
        found.append([sum(p.sum().item() for p in r.model.parameters()) for r in results])
        for path in data.run.folder.rglob("checkpoint*"):
            path.unlink()
    assert found[0] == found[1]
    assert found[0][0] != found[0][1]


def test_an_interrupt_leaves_the_second_direction_out(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask(direction="both", epochs=5))))
    _, results = run_phase(train(data, stop=lambda: True))
    assert [result.finished.reason for result in results] == ["interrupted"]


def test_the_perplexity_is_that_of_the_whole_validation_text(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    _, (result,) = run_phase(train(data, stop=never))
    text = data.text
    end = text.tokenizer.line_end_id
    nats = -float(stream_log_probs(result.model.eval(), text.valid.ids, line_end_id=end).sum())
    assert result.perplexity == pytest.approx(perplexity(nats, text.valid.words), rel=1e-5)


def test_the_distance_to_the_best_possible_is_said_of_the_grammar_alone(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    events, _ = run_phase(train(data, stop=never))
    assert not [e for e in events if isinstance(e, Warned) and "entropy" in e.message]


@pytest.fixture
def data(ask, run_phase):
    return run_phase(prepare(resolve(ask())))[1]


def test_the_fitted_temperature_is_said_and_kept(data, run_phase):
    events, (result,) = run_phase(train(data, stop=lambda: False))
    (fitted,) = [event for event in events if isinstance(event, TemperatureFitted)]
    assert float(result.model.head.temperature) == fitted.temperature
    assert result.perplexity == fitted.perplexity <= result.finished.best_perplexity


def test_a_temperature_that_does_not_help_is_dropped(data, run_phase, monkeypatch):
    monkeypatch.setattr(
        recipes_train, "fit_temperature", lambda head, *_: head.temperature.fill_(9.0)
    )
    _, (result,) = run_phase(train(data, stop=lambda: False))
    assert float(result.model.head.temperature) == 1.0
    assert result.perplexity == result.finished.best_perplexity


def test_the_end_costs_more_readings_where_a_temperature_is_fitted(data):
    validator = _validator(data.text, _new_model(data, 0, "forward"), "forward")
    plain = replace(
        data.run.config, training=replace(data.run.config.training, fit_temperature=False)
    )
    assert calibration_readings(plain, validator) == 1.0
    assert calibration_readings(data.run.config, validator) > 1.0


def test_the_sizes_of_the_text_are_announced(data):
    event = prepared_event(data.text, parameters=7, seconds=1.5)
    assert event.words == data.text.train.words
    assert event.tokens == len(data.text.train.ids)
    assert (event.parameters, event.seconds) == (7, 1.5)
    assert event.vocabulary == data.text.tokenizer.vocab_size


@pytest.fixture
def only_one_core_is_free(monkeypatch):
    """Two threads at first, and another program that takes a core."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_PROC_BIND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(FreeCores, "count", lambda self: 1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("only_one_core_is_free")
@pytest.mark.parametrize(
    ("length", "threads"), [({"minutes": 0.002, "epochs": None}, 1), ({"epochs": 0.3}, 2)]
)
def test_threads_follow_the_load_where_minutes_are_given_alone(ask, run_phase, length, threads):
    _, data = run_phase(prepare(resolve(ask(**length))))
    seen = []
    run_phase(train(data, stop=lambda: bool(seen.append(torch.get_num_threads()))))
    assert seen[-1] == threads  # asked between two steps
    assert torch.get_num_threads() == 2
