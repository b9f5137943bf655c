"""Baselines: what they say of series whose future is plain."""

import sys

import numpy as np
import pytest

from lmkit.core.errors import MissingExtraError
from lmkit.forecasting.baselines import BASELINES, SeasonalNaive


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
    with pytest.raises(MissingExtraError, match=r"lmkit\[forecast\]"):
        BASELINES.get(name)().forecast(np.arange(1.0, 40.0), 4, 4)
