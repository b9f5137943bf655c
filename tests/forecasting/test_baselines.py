"""Baselines: what they say of series whose future is plain."""

import sys

import numpy as np
import pytest

from lmkit.core.errors import Hint, MissingExtraError, UnknownNameError
from lmkit.forecasting.baselines import (
    BASELINES,
    FitError,
    SeasonalNaive,
    available_baselines,
)


def test_seasonal_naive_repeats_the_last_season():
    said = SeasonalNaive().forecast(np.array([9.0, 1.0, 2.0, 3.0]), 5, 3)
    assert said.tolist() == [1, 2, 3, 1, 2]


@pytest.mark.slow
@pytest.mark.parametrize("name", BASELINES.names()[1:])
def test_a_clear_season_on_a_line_is_continued(name):
    pytest.importorskip("statsmodels")
    times = np.arange(60.0)
    noise = np.random.default_rng(0).normal(size=60)
    values = 100 + times + 10 * np.sin(2 * np.pi * times / 4) + noise / 4
    ahead = np.arange(60.0, 68.0)
    said = BASELINES.get(name)().forecast(values, 8, 4)
    assert np.allclose(said, 100 + ahead + 10 * np.sin(2 * np.pi * ahead / 4), atol=5)


@pytest.mark.parametrize("name", BASELINES.names()[1:])
def test_without_statsmodels_one_sentence_says_what_to_install(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.holtwinters", None)
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.statespace.sarimax", None)
    with pytest.raises(MissingExtraError, match="need statsmodels") as raised:
        BASELINES.get(name)().forecast(np.arange(1.0, 40.0), 4, 4)
    assert raised.value.hint is Hint.INSTALL_FORECAST


def test_seasonal_naive_needs_no_whole_season():
    assert SeasonalNaive().forecast(np.array([1.0, 2.0]), 5, 12).tolist() == [1, 2, 1, 2, 1]
    assert SeasonalNaive().forecast(np.array([7.0]), 3, 1).tolist() == [7, 7, 7]


def test_the_baselines_that_are_available_depend_on_statsmodels(monkeypatch):
    assert available_baselines() == BASELINES.names()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert available_baselines() == ("seasonal naive",)


def test_a_name_that_is_none_is_answered_with_those_there_are():
    with pytest.raises(UnknownNameError, match="choose from ETS, SARIMA, seasonal naive"):
        BASELINES.get("theta")


@pytest.mark.slow
@pytest.mark.parametrize("name", BASELINES.names()[1:])
@pytest.mark.parametrize(
    "values",
    [
        np.zeros(30),
        np.full(30, 5.0),
        np.arange(30.0),
        np.exp(np.arange(30.0)),
        np.array([0.0] * 29 + [1e12]),
        np.array([1e-300, 1e300] * 15),
        np.array([1.0, -1.0] * 3),
        np.array([1.0, 2.0, 3.0]),
    ],
)
def test_any_series_is_fitted_or_refused_in_one_kind_of_error(name, values):
    pytest.importorskip("statsmodels")
    for season in (1, 2, 12):
        try:
            said = BASELINES.get(name)().forecast(values, 4, season)
        except FitError as error:
            assert_names(str(error), name)
            continue
        assert said.shape == (4,)


def assert_names(said: str, name: str) -> None:
    assert said.startswith(f"{name} cannot be fitted")
    assert "\n" not in said


@pytest.mark.slow
@pytest.mark.parametrize("name", BASELINES.names()[1:])
def test_a_fit_warns_of_nothing_and_gives_the_same_again(name):
    pytest.importorskip("statsmodels")
    values = 50 + np.random.default_rng(1).normal(size=40)
    first, second = (BASELINES.get(name)().forecast(values, 3, 4) for _ in range(2))
    assert np.array_equal(first, second)
