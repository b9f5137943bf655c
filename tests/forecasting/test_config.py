"""Settings of a forecast: composed from a preset, settings and options."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.forecasting.config import forecaster_config


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
