"""The forecaster: numbers in, numbers out."""

import json
import statistics
from dataclasses import replace

import numpy as np
import pytest
import torch

from lmkit.core.errors import DataError, ModelError, UsageError
from lmkit.forecasting.forecaster import (
    Forecaster,
    ForecasterConfig,
    backtest,
    forecast_preset,
    train_forecaster,
)
from lmkit.forecasting.scaling import ScalingConfig
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


def test_the_interval_holds_the_fraction_that_is_asked_for(forecaster):
    wide = replace(forecaster, config=replace(TINY, level=0.98)).forecast(4)
    narrow = replace(forecaster, config=replace(TINY, level=0.5)).forecast(4)
    assert (wide.level, narrow.level) == (0.98, 0.5)
    paths = forecaster.sample_paths(4)[:, :, 0]
    assert narrow.lower == pytest.approx(np.quantile(paths, 0.25, axis=0))
    assert narrow.upper == pytest.approx(np.quantile(paths, 0.75, axis=0))
    assert all(low < high for low, high in zip(wide.lower, narrow.lower, strict=True))
    assert wide.forecast == narrow.forecast


def test_paths_are_samples_of_every_column(forecaster):
    paths = forecaster.sample_paths(3)
    assert paths.shape == (TINY.paths, 3, 2)
    assert len(np.unique(paths[:, 0, 0])) == TINY.paths
    assert np.array_equal(paths, forecaster.sample_paths(3))


def test_a_longer_horizon_goes_on_from_a_shorter(forecaster):
    assert np.array_equal(forecaster.sample_paths(6)[:, :1], forecaster.sample_paths(1))


def test_dates_ahead_are_those_of_the_series():
    months = tuple(f"{2010 + at // 12}-{at % 12 + 1:02d}" for at in range(40))
    said = Forecaster.train(replace(WAVE, dates=months), TINY).forecast(2)
    assert said.dates == ("2013-05", "2013-06")


def test_the_season_is_guessed_from_the_dates_or_given():
    months = tuple(f"{2010 + at // 12}-{at % 12 + 1:02d}" for at in range(40))
    dated = replace(WAVE, dates=months)
    assert Forecaster.train(dated, TINY).config.season == 12
    assert Forecaster.train(dated, replace(TINY, season=4)).config.season == 4
    assert Forecaster.train(WAVE, TINY).config.season == 1


def test_a_saved_forecaster_keeps_the_order_of_day_and_month(tmp_path):
    days = tuple(f"{1 + at % 28:02d}/{1 + at // 28:02d}/2010" for at in range(28))
    series = replace(WAVE.part(0, 28), dates=days, date_order="dmy")
    forecaster = Forecaster.train(series, TINY)
    forecaster.save(tmp_path / "saved")
    loaded = Forecaster.load(tmp_path / "saved")
    assert loaded.series.date_order == "dmy"
    assert loaded.forecast(2).dates == forecaster.forecast(2).dates == ("29/01/2010", "30/01/2010")


def test_training_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    Forecaster.train(WAVE, TINY)
    assert torch.equal(torch.rand(4), expected)


def test_the_last_observations_may_be_kept_for_validation():
    said = Forecaster.train(WAVE, replace(TINY, validation=4)).forecast(2)
    assert np.isfinite(said.forecast).all()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.ones((1, 1)), "too few"),
        (np.ones((3, 1)), "too short to learn from"),
        (np.array([[1e200], [-1e200], [1e200], [2e200]]), "too large"),
    ],
)
def test_what_cannot_be_learned_is_said_in_a_sentence(values, said):
    with pytest.raises(DataError, match=said):
        Forecaster.train(Series("x", ("a",), values), TINY)


def test_a_forecast_that_grows_beyond_numbers_is_refused():
    steep = Series("steep", ("a",), np.exp(np.arange(0.0, 700.0, 10.0))[:, None])
    config = replace(TINY, scaling=ScalingConfig(log="yes"))
    with pytest.raises(DataError, match="exceeds the largest number"):
        Forecaster.train(steep, config).forecast(40)


@pytest.mark.parametrize(
    "values",
    [
        np.full(30, 5.0),
        np.zeros(30),
        np.arange(30.0),
        np.arange(30.0) * 1e-150,
        np.array([0.0] * 29 + [1e9]),
        np.where(np.arange(30) % 2, 1e-9, 1e9),
    ],
)
@pytest.mark.parametrize("head", ["gaussian", "quantile"])
def test_odd_series_are_forecast_without_a_warning(values, head):
    series = Series("odd", ("a",), values[:, None])
    said = Forecaster.train(series, replace(TINY, head=head)).forecast(3)
    assert np.isfinite([said.forecast, said.lower, said.upper]).all()
