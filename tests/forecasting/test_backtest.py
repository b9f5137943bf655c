"""Backtests: every origin sees what stands before it, and the means are means."""

import statistics

import numpy as np
import pytest

from lmkit.core.errors import DataError
from lmkit.forecasting.accuracy import mase
from lmkit.forecasting.backtest import BacktestConfig, roll
from lmkit.forecasting.series import Series
from lmkit.results import ColumnForecast, Forecast

MONTHS = tuple(f"20{year}-{month:02d}" for year in (20, 21) for month in range(1, 13))
VALUES = np.random.default_rng(0).normal(10, 1, size=(24, 1))
SERIES = Series("noise", ("x",), VALUES, MONTHS)


@pytest.fixture(autouse=True)
def plain_baselines_alone(monkeypatch):
    monkeypatch.setattr(
        "lmkit.forecasting.backtest.available_baselines", lambda: ("seasonal naive",)
    )


def last_again(before: Series) -> Forecast:
    """Say that everything stays as it is."""
    values = (float(before.values[-1, 0]),) * 3
    column = ColumnForecast("x", values, (0.0,) * 3, (20.0, 20.0, 0.0))
    return Forecast("x", column.forecast, column.lower, column.upper, 0.9, (column,))


def test_each_origin_is_measured_on_its_own():
    found = roll(SERIES, last_again, BacktestConfig(horizon=3, season=2, origins=3, stride=2))
    assert [origin.observations for origin in found.by_origin] == [17, 19, 21]
    assert [origin.date for origin in found.by_origin] == ["2021-06", "2021-08", "2021-10"]
    by_hand = [
        mase(VALUES[at : at + 3, 0], VALUES[[at - 1] * 3, 0], VALUES[:at, 0], season=2)
        for at in (17, 19, 21)
    ]
    ours = [
        next(error.mase for error in origin.errors if error.name == "lmkit")
        for origin in found.by_origin
    ]
    assert ours == pytest.approx(by_hand)
    assert found.mase == pytest.approx(statistics.fmean(by_hand))
    assert found.coverage == pytest.approx(2 / 3)
    assert found.level == 0.9


def test_the_best_from_an_origin_comes_first():
    found = roll(SERIES, last_again, BacktestConfig(horizon=3, season=2, origins=4))
    for origin in found.by_origin:
        errors = [error.mase for error in origin.errors]
        assert errors == sorted(errors)
        assert {error.name for error in origin.errors} == {"lmkit", "seasonal naive"}


@pytest.mark.parametrize(
    "config",
    [
        {"horizon": 0},
        {"horizon": 3, "origins": 0},
        {"horizon": 3, "origins": 8},
        {"horizon": 19},
    ],
)
def test_origins_with_too_little_before_them_are_refused(config):
    with pytest.raises(DataError, match="too few"):
        roll(SERIES, last_again, BacktestConfig(season=2, **config))
