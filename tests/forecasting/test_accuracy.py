"""Errors of forecasts, by hand."""

import numpy as np
import pytest

from lmkit.core.errors import DataError
from lmkit.forecasting.accuracy import coverage, mase, smape


def test_errors_are_as_computed_by_hand():
    training = np.array([1.0, 2.0, 4.0, 7.0])
    actual, forecast = np.array([10.0, 20.0]), np.array([8.0, 25.0])
    assert mase(actual, forecast, training) == pytest.approx(3.5 / 2)
    assert mase(actual, forecast, training, season=2) == pytest.approx(3.5 / 4)
    assert smape(actual, forecast) == pytest.approx(100 * (4 / 18 + 10 / 45) / 2)
    assert smape(np.zeros(2), np.zeros(2)) == 0


def test_coverage_counts_what_lies_inside():
    actual = np.array([1.0, 2.0, 3.0, 4.0])
    assert coverage(actual, actual - 1, np.array([1.0, 1.0, 5.0, 4.0])) == 0.75


def test_nothing_to_scale_by_is_said():
    with pytest.raises(DataError):
        mase(np.ones(2), np.ones(2), np.ones(5))
    with pytest.raises(DataError):
        mase(np.ones(2), np.ones(2), np.ones(3), season=12)
