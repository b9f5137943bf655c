"""Baselines of forecasting: seasonal naive, exponential smoothing, SARIMA.

The last two come from statsmodels (extra `forecast`), which is imported when they are asked for.
"""

import importlib
import importlib.util
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy as np
from typing_extensions import override

from lmkit.core.errors import Hint, LmkitError, MissingExtraError
from lmkit.core.registry import Registry
from lmkit.forecasting.series import Values


class FitError(LmkitError):
    """A baseline that cannot be fitted to a series."""


class Baseline(ABC):
    """Forecasting method without a network."""

    @abstractmethod
    def forecast(self, training: Values, horizon: int, season: int) -> Values:
        """Forecast the next values of a series.

        Args:
            training: Values before the forecast, shape (time,).
            horizon: Number of values to forecast.
            season: Observations of a season; 1: none.

        Returns:
            Shape (horizon,).

        Raises:
            FitError: If the method cannot be fitted to these values.
        """


class SeasonalNaive(Baseline):
    """Seasonal naive forecast: each value as it was a season before."""

    @override
    def forecast(self, training: Values, horizon: int, season: int) -> Values:
        last = training[-min(season, len(training)) :]
        return np.resize(last, horizon)


class ExponentialSmoothing(Baseline):
    """Holt-Winters: additive trend; the season multiplies where all values are above 0."""

    @override
    def forecast(self, training: Values, horizon: int, season: int) -> Values:
        module = _statsmodels("statsmodels.tsa.holtwinters")
        seasonal = ("mul" if np.all(training > 0) else "add") if _fits(training, season) else None
        with _fitting("ETS"):
            model = module.ExponentialSmoothing(
                training,
                trend="add",
                seasonal=seasonal,
                seasonal_periods=season if seasonal else None,
                initialization_method="estimated",
            )
            return np.asarray(model.fit().forecast(horizon), dtype=np.float64)


class Sarima(Baseline):
    """The airline model of Box and Jenkins: (0,1,1)(0,1,1), of the logarithm where there is one."""

    @override
    def forecast(self, training: Values, horizon: int, season: int) -> Values:
        module = _statsmodels("statsmodels.tsa.statespace.sarimax")
        log = bool(np.all(training > 0))
        order = (0, 1, 1, season) if _fits(training, season) else (0, 0, 0, 0)
        with _fitting("SARIMA"):
            values = np.log(training) if log else training
            model = module.SARIMAX(values, order=(0, 1, 1), seasonal_order=order)
            forecast = np.asarray(model.fit(disp=0).forecast(horizon), dtype=np.float64)
            return np.exp(forecast) if log else forecast


BASELINES: Registry[type[Baseline]] = Registry(
    "baseline",
    {
        "seasonal naive": "lmkit.forecasting.baselines:SeasonalNaive",
        "ETS": "lmkit.forecasting.baselines:ExponentialSmoothing",
        "SARIMA": "lmkit.forecasting.baselines:Sarima",
    },
)


def available_baselines() -> tuple[str, ...]:
    """Return the names of the baselines that this installation can compute."""
    names = BASELINES.names()
    return names if importlib.util.find_spec("statsmodels") else names[:1]


@contextmanager
def _fitting(name: str) -> Iterator[None]:
    """Fit a model of statsmodels without its warnings about convergence.

    Raises:
        FitError: If statsmodels cannot fit it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the fit is used as it is
        try:
            yield
        except (ArithmeticError, IndexError, ValueError, np.linalg.LinAlgError) as error:
            raise FitError(f"{name} cannot be fitted to this series: {error}") from error


def _fits(training: Values, season: int) -> bool:
    return season > 1 and len(training) >= 2 * season + 2


def _statsmodels(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingExtraError(
            "ETS and SARIMA need statsmodels", hint=Hint.INSTALL_FORECAST
        ) from None
