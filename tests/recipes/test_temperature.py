"""The end of training a direction: temperature and final perplexity."""

import pytest

from lmkit.recipes import temperature
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.temperature import calibration_readings
from lmkit.recipes.train import _new_model, _validator, train
from lmkit.training.events import TemperatureFitted


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
        temperature, "fit_temperature", lambda head, *_: head.temperature.fill_(9.0)
    )
    _, (result,) = run_phase(train(data, stop=lambda: False))
    assert float(result.model.head.temperature) == 1.0
    assert result.perplexity == result.finished.best_perplexity


def test_the_end_costs_more_readings_where_a_temperature_is_fitted(data):
    from dataclasses import replace

    validator = _validator(data.text, _new_model(data, 0, "forward"), "forward")
    plain = replace(
        data.run.config, training=replace(data.run.config.training, fit_temperature=False)
    )
    assert calibration_readings(plain, validator) == 1.0
    assert calibration_readings(data.run.config, validator) > 1.0
