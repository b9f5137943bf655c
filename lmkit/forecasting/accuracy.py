"""Errors of forecasts, and the coverage of their intervals."""

import numpy as np

from lmkit.core.errors import DataError
from lmkit.forecasting.series import Values


def mase(actual: Values, forecast: Values, training: Values, *, season: int = 1) -> float:
    """Return the mean absolute scaled error (Hyndman and Koehler 2006).

    Below 1: off by less than the seasonal naive forecast, one step ahead, was off in training.

    Args:
        actual: Observations, shape (horizon,).
        forecast: Forecasts of them, the same shape.
        training: Observations before them, shape (time,).
        season: Observations of a season.

    Returns:
        The error; infinite where it is too large for a number.

    Raises:
        DataError: If the training part is too short, or repeats itself exactly.
    """
    if len(training) <= season:
        raise DataError(f"{len(training)} values are too few to scale an error by season {season}")
    with np.errstate(over="ignore"):
        scale = float(np.mean(np.abs(training[season:] - training[:-season])))
        error = float(np.mean(np.abs(actual - forecast)))
    if scale == 0:
        raise DataError(
            "the training part repeats exactly, so errors cannot be scaled; forecast "
            "without a test (--origins 0)"
        )
    return error / scale


def smape(actual: Values, forecast: Values) -> float:
    """Return the symmetric mean absolute percentage error, 0..200."""
    size = np.abs(actual) / 2 + np.abs(forecast) / 2
    off = np.abs(actual / 2 - forecast / 2)
    errors = np.divide(off, size, out=np.zeros_like(size), where=size > 0)
    return float(200 * np.mean(errors))


def coverage(actual: Values, lower: Values, upper: Values) -> float:
    """Return the fraction of the observations that lie inside the intervals, 0..1."""
    return float(np.mean((lower <= actual) & (actual <= upper)))
