"""How far forecasts were off, and whether their intervals held."""

import numpy as np

from lmkit.core.errors import DataError
from lmkit.forecasting.series import Values


def mase(actual: Values, forecast: Values, training: Values, *, season: int = 1) -> float:
    """Return the mean absolute scaled error (Hyndman and Koehler 2006).

    Below 1: off by less than the seasonal naive forecast, one step ahead, was off in training.

    Args:
        actual: What came, shape (horizon,).
        forecast: What was said to come, the same shape.
        training: What came before, shape (time,).
        season: Observations of a season.
    """
    if len(training) <= season:
        raise DataError(f"{len(training)} values are too few to scale an error by season {season}")
    scale = float(np.mean(np.abs(training[season:] - training[:-season])))
    if scale == 0:
        raise DataError(
            "the training part repeats itself exactly, so no error can be scaled; "
            "forecast without a test"
        )
    return float(np.mean(np.abs(actual - forecast))) / scale


def smape(actual: Values, forecast: Values) -> float:
    """Return the symmetric mean absolute percentage error, 0..200."""
    size = np.abs(actual) + np.abs(forecast)
    off = 2 * np.abs(actual - forecast)
    shares = np.divide(off, size, out=np.zeros_like(size), where=size > 0)
    return float(100 * np.mean(shares))


def coverage(actual: Values, lower: Values, upper: Values) -> float:
    """Return the share of what came that lay inside the intervals, 0..1."""
    return float(np.mean((lower <= actual) & (actual <= upper)))
