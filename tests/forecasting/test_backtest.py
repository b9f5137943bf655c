"""Backtests: every origin sees what stands before it, and the means are means."""

import json
import math
import statistics

import numpy as np
import pytest

from lmkit.core.errors import DataError
from lmkit.forecasting.accuracy import mase
from lmkit.forecasting.backtest import BacktestConfig, roll
from lmkit.forecasting.baselines import Baseline, FitError, SeasonalNaive
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


@pytest.mark.parametrize(
    ("config", "places"),
    [
        ({"horizon": 3}, [21]),
        ({"horizon": 3, "origins": 3}, [15, 18, 21]),
        ({"horizon": 3, "origins": 3, "stride": 1}, [19, 20, 21]),
        ({"horizon": 1, "origins": 2, "stride": 5}, [18, 23]),
        ({"horizon": 18}, [6]),
    ],
)
def test_the_last_forecast_ends_where_the_series_does(config, places):
    found = BacktestConfig(season=2, **config).places(SERIES)
    assert list(found) == places


def test_too_few_observations_are_refused_with_a_way_out():
    with pytest.raises(
        DataError, match=r"5 would precede the first, and 6 are needed; .*origins 0"
    ):
        BacktestConfig(horizon=19, season=2).places(SERIES)


def test_nothing_at_or_after_an_origin_is_seen():
    seen = []

    def remember(before: Series) -> Forecast:
        seen.append(before.values[:, 0].tolist())
        return last_again(before)

    roll(SERIES, remember, BacktestConfig(horizon=3, season=2, origins=2, stride=2))
    assert seen == [VALUES[:19, 0].tolist(), VALUES[:21, 0].tolist()]


def test_a_series_without_dates_has_origins_without_dates():
    bare = Series("noise", ("x",), VALUES)
    found = roll(bare, last_again, BacktestConfig(horizon=3, season=2))
    assert found.by_origin[0].date == ""


def test_the_first_column_is_measured():
    two = Series("two", ("x", "y"), np.concatenate([VALUES, 100 * VALUES], axis=1), MONTHS)
    config = BacktestConfig(horizon=3, season=2)
    assert roll(two, last_again, config).mase == roll(SERIES, last_again, config).mase


class Unfit(Baseline):
    """Method that fits nothing."""

    def forecast(self, training, horizon, season):
        raise FitError("nothing can be fitted")


class Infinite(Baseline):
    """Method that diverges."""

    def forecast(self, training, horizon, season):
        return np.full(horizon, np.inf)


@pytest.mark.parametrize("method", [Unfit, Infinite])
def test_a_baseline_that_cannot_be_fitted_comes_last_and_ends_nothing(monkeypatch, method):
    names = ("seasonal naive", "none")
    monkeypatch.setattr("lmkit.forecasting.backtest.available_baselines", lambda: names)
    known = {"seasonal naive": SeasonalNaive, "none": method}
    monkeypatch.setattr("lmkit.forecasting.backtest.BASELINES", known)
    found = roll(SERIES, last_again, BacktestConfig(horizon=3, season=2))
    assert [error.name for error in found.baselines] == ["seasonal naive", "none"]
    assert math.isnan(found.baselines[1].mase)
    assert math.isnan(found.baselines[1].smape)
    assert found.by_origin[0].errors[-1].name == "none"
    assert found.mase == roll(SERIES, last_again, BacktestConfig(horizon=3, season=2)).mase


def test_an_answer_is_all_json_can_hold():
    found = roll(SERIES, last_again, BacktestConfig(horizon=3, season=2, origins=2))
    answer = json.loads(json.dumps(found.to_dict()))
    assert answer["origins"] == len(answer["by_origin"]) == 2
    assert set(answer["baselines"][0]) == {"name", "mase", "smape"}
