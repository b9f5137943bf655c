"""The forecaster: numbers in, numbers out."""

import json
import statistics
from dataclasses import replace

import numpy as np
import pytest

from lmkit.core.errors import DataError, ModelError, UsageError
from lmkit.forecasting.forecaster import (
    Forecaster,
    ForecasterConfig,
    backtest,
    forecast_preset,
    train_forecaster,
)
from lmkit.forecasting.series import Series, air_passengers

TINY = ForecasterConfig(hidden=4, steps=3, batch=2, window=6, paths=50)
TIMES = np.arange(40.0)
WAVE = Series("wave", ("a", "b"), np.stack([20 + np.sin(TIMES), 5 - TIMES], axis=1))


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    return Forecaster.train(WAVE, TINY)


def test_every_column_gets_a_forecast_inside_its_interval(forecaster):
    said = forecaster.forecast(5)
    assert [column.column for column in said.columns] == ["a", "b"]
    for column in said.columns:
        assert len(column.forecast) == 5
        for low, middle, high in zip(column.lower, column.forecast, column.upper, strict=True):
            assert low <= middle <= high
    assert said.forecast == said.columns[0].forecast
    assert said.dates == ()
    json.dumps(said.to_dict())


def test_equal_seeds_give_equal_numbers(forecaster):
    again = Forecaster.train(WAVE, TINY)
    assert again.forecast(4) == forecaster.forecast(4)
    other = Forecaster.train(WAVE, replace(TINY, seed=1))
    assert other.forecast(4) != forecaster.forecast(4)


def test_a_saved_forecaster_says_the_same(forecaster, tmp_path):
    forecaster.save(tmp_path / "saved")
    loaded = Forecaster.load(tmp_path / "saved")
    assert loaded.forecast(4) == forecaster.forecast(4)
    assert loaded.config == forecaster.config
    assert loaded.series.columns == WAVE.columns


@pytest.mark.parametrize("name", ["model.safetensors", "series.safetensors", "config.json"])
def test_a_damaged_folder_is_refused(forecaster, tmp_path, name):
    forecaster.save(tmp_path / "saved")
    path = tmp_path / "saved" / name
    path.write_bytes(path.read_bytes().replace(b"a", b"b", 1) + b" ")
    with pytest.raises(ModelError):
        Forecaster.load(tmp_path / "saved")
    with pytest.raises(ModelError, match="no forecaster"):
        Forecaster.load(tmp_path / "nowhere")


def test_interrupted_and_resumed_training_ends_the_same(tmp_path):
    asked = iter([False, True])
    whole = Forecaster.train(WAVE, TINY)
    for _ in train_forecaster(WAVE, TINY, folder=tmp_path, stop=lambda: next(asked, True)):
        pass
    *_, resumed = train_forecaster(WAVE, TINY, folder=tmp_path, resume=True)
    assert isinstance(resumed, Forecaster)
    assert resumed.forecast(3) == whole.forecast(3)


def test_nothing_after_the_origin_changes_a_backtest():
    changed = replace(WAVE, values=WAVE.values.copy())
    changed.values[36:] += 100
    first = backtest(WAVE.part(0, 36), TINY, horizon=4)
    second = backtest(changed.part(0, 36), TINY, horizon=4)
    assert first == second


def test_a_backtest_from_several_origins_measures_each():
    result = backtest(WAVE, replace(TINY, season=1), horizon=3, origins=2, stride=2)
    single = [
        backtest(WAVE.part(0, end), replace(TINY, season=1), horizon=3).mase for end in (38, 40)
    ]
    assert result.origins == 2
    assert result.mase == pytest.approx(sum(single) / 2)
    assert 0 <= result.coverage <= 1
    assert result.baselines[0].name == "seasonal naive"


def test_too_much_held_out_is_refused():
    with pytest.raises(DataError):
        backtest(WAVE, TINY, horizon=39)


def test_impossible_wishes_are_refused(forecaster):
    with pytest.raises(UsageError):
        forecaster.forecast(0)
    with pytest.raises(UsageError):
        ForecasterConfig(level=1.0)
    with pytest.raises(UsageError, match="did you mean 'classic'"):
        forecast_preset("clasic")


@pytest.mark.parametrize("head", ["gaussian", "quantile"])
def test_either_head_learns_a_plain_wave(head):
    series = Series("wave", ("a",), 20 + 5 * np.sin(2 * np.pi * np.arange(60.0) / 6)[:, None])
    config = ForecasterConfig(hidden=8, steps=120, batch=8, season=6, head=head, learning_rate=1e-2)
    said = Forecaster.train(series, config).forecast(6)
    actual = 20 + 5 * np.sin(2 * np.pi * np.arange(60.0, 66.0) / 6)
    assert np.abs(np.array(said.forecast) - actual).mean() < 1.5


@pytest.mark.slow
def test_the_airline_months_are_forecast_as_well_as_promised():
    pytest.importorskip("statsmodels")
    series = air_passengers()
    results = [
        backtest(series, replace(ForecasterConfig(), seed=seed), horizon=24) for seed in range(5)
    ]
    median = statistics.median(result.mase for result in results)
    errors = {error.name: error.mase for error in results[0].baselines}
    assert median < errors["seasonal naive"]
    assert median < 1.15 * min(errors["ETS"], errors["SARIMA"])


def test_a_steep_season_is_learned_in_few_steps():
    times = np.arange(120)
    saw = Series("saw", ("x",), (50.0 + 10 * (times % 7) + 0.1 * np.cos(times))[:, None])
    config = replace(TINY, season=7, window=14, steps=20)
    assert backtest(saw, config, horizon=7).smape < 6  # 37 without a straight beginning
