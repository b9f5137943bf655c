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


def test_the_seasonal_naive_forecast_one_season_ahead_has_an_error_of_one():
    training = np.array([1.0, 5.0, 2.0, 7.0, 1.0, 9.0])
    steps = np.abs(training[2:] - training[:-2])
    assert mase(training[2:], training[:-2], training, season=2) == pytest.approx(1.0)
    assert mase(np.zeros(1), np.array([steps.mean()]), training, season=2) == pytest.approx(1.0)


def test_errors_do_not_depend_on_the_unit():
    training, actual, forecast = np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0]), np.array([4.0, 4])
    for unit in (1e-200, 1e-3, 1e6, 1e200):
        scaled = [unit * values for values in (actual, forecast, training)]
        assert mase(*scaled) == pytest.approx(mase(actual, forecast, training))
        assert smape(*scaled[:2]) == pytest.approx(smape(actual, forecast))


def test_the_largest_numbers_overflow_without_a_warning():
    huge = np.full(4, 1.7e308)
    assert smape(huge, -huge) == 200
    assert smape(huge, huge) == 0
    assert mase(huge, -huge, np.array([1.0, 2.0])) == np.inf


def test_percentages_lie_between_0_and_200():
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert 0 <= smape(rng.normal(size=5), rng.normal(size=5)) <= 200
    assert smape(np.ones(3), np.zeros(3)) == 200
    assert smape(np.ones(3), np.ones(3)) == 0


@pytest.mark.parametrize(
    ("training", "season", "said"),
    [
        ([1.0, 2.0], 2, "2 values are too few to scale an error by season 2"),
        ([], 1, "0 values are too few"),
        ([3.0, 3.0, 3.0], 1, r"repeats exactly.*--origins 0"),
        ([1.0, 2.0, 1.0, 2.0], 2, "repeats exactly"),
    ],
)
def test_an_error_that_cannot_be_scaled_says_why(training, season, said):
    with pytest.raises(DataError, match=said):
        mase(np.ones(1), np.ones(1), np.array(training), season=season)


def test_an_interval_holds_its_ends():
    actual = np.array([1.0, 2.0])
    assert coverage(actual, actual, actual) == 1
    assert coverage(actual, actual + 1e-9, actual + 1) == 0
