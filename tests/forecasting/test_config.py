"""Settings of a forecast: composed from a preset, settings and options."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.forecasting.config import (
    FORECAST_PRESETS,
    ForecasterConfig,
    forecast_preset,
    forecaster_config,
)


def test_what_is_said_later_wins():
    settings = ["hidden=8", "head=quantile", "scaling.log=no", "scaling.differences=[1, 12]"]
    config = forecaster_config("classic", settings, {"hidden": 9, "season": None})
    assert (config.layers, config.hidden, config.head, config.season) == (2, 9, "quantile", 0)
    assert (config.scaling.log, config.scaling.differences) == ("no", (1, 12))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("hiden=3", "did you mean 'hidden'"),
        ("scaling.lag=1", "setting of a forecast"),
        ("scaling=1", "setting of a forecast"),
        ("training.steps=1", "setting of a forecast"),
        ("hidden=many", "hidden cannot be 'many'"),
        ("scaling.log=maybe", "scaling.log cannot be 'maybe'"),
        ("level=2", "level must be between"),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting, message):
    with pytest.raises(UsageError, match=message):
        forecaster_config("small", [setting])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 0}, "window must be at least 1, got 0"),
        ({"batch": 0}, "batch must be at least 1"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"paths": 0}, "paths must be at least 1"),
        ({"season": -1}, "season and validation must be 0 or more"),
        ({"validation": -1}, "season and validation must be 0 or more"),
        ({"level": 0}, "level must be between 0 and 1"),
        ({"level": 1.0}, "level must be between 0 and 1"),
    ],
)
def test_impossible_values_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        forecaster_config("small", (), options)


def test_the_presets_are_as_documented():
    assert forecast_preset("small") == ForecasterConfig()
    classic = forecast_preset("classic")
    assert (classic.layers, classic.hidden) == (2, 128)
    with pytest.raises(UsageError, match="did you mean 'small'"):
        forecast_preset("smal")
    assert set(FORECAST_PRESETS) == {"small", "classic"}


@pytest.mark.parametrize("name", sorted(FORECAST_PRESETS))
def test_a_preset_without_settings_is_itself(name):
    assert forecaster_config(name) == forecast_preset(name)
    assert forecaster_config(name, (), {"season": None, "cell": None}) == forecast_preset(name)


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("cell=gru", "cell", "gru"),
        (" cell = gru ", "cell", "gru"),
        ("level=0.5", "level", 0.5),
        ("learning_rate=1e-3", "learning_rate", 1e-3),
        ("steps=7", "steps", 7),
        ('head="quantile"', "head", "quantile"),
    ],
)
def test_a_setting_is_a_value_or_plain_text(setting, name, value):
    assert getattr(forecaster_config("small", [setting]), name) == value


def test_of_two_settings_the_later_holds_and_an_option_holds_over_both():
    assert forecaster_config("small", ["steps=3", "steps=5"]).steps == 5
    assert forecaster_config("small", ["steps=3"], {"steps": 9}).steps == 9
