"""Forecasts that a network should beat: seasonal naive, exponential smoothing, SARIMA.

The last two come from statsmodels (extra `forecast`), imported only when asked for.
"""

import importlib
import importlib.util
import warnings
from abc import ABC, abstractmethod
from types import ModuleType

import numpy as np

from lmkit.core.errors import Hint, MissingExtraError
from lmkit.core.registry import Registry
from lmkit.forecasting.series import Values


class Baseline(ABC):
    """A way to forecast that needs no training of ours."""

    @abstractmethod
    def forecast(self, training: Values, horizon: int, season: int) -> Values:
        """Say what comes next.

        Args:
            training: What came before, shape (time,).
            horizon: How many values to forecast.
            season: Observations of a season; 1: none.

        Returns:
            Shape (horizon,).
        """


class SeasonalNaive(Baseline):
    """Every value as it was a season ago."""

    def forecast(self, training: Values, horizon: int, season: int) -> Values:
        """Repeat the last season."""
        last = training[-min(season, len(training)) :]
        return np.resize(last, horizon)


class ExponentialSmoothing(Baseline):
    """Holt-Winters: additive trend; the season multiplies where all values are above 0."""

    def forecast(self, training: Values, horizon: int, season: int) -> Values:
        """Fit by maximum likelihood and go on."""
        module = _statsmodels("statsmodels.tsa.holtwinters")
        seasonal = ("mul" if np.all(training > 0) else "add") if _fits(training, season) else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about convergence: the fit is used as it is
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

    def forecast(self, training: Values, horizon: int, season: int) -> Values:
        """Fit by maximum likelihood and go on."""
        module = _statsmodels("statsmodels.tsa.statespace.sarimax")
        log = bool(np.all(training > 0))
        order = (0, 1, 1, season) if _fits(training, season) else (0, 0, 0, 0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = np.log(training) if log else training
            model = module.SARIMAX(values, order=(0, 1, 1), seasonal_order=order)
            said = np.asarray(model.fit(disp=0).forecast(horizon), dtype=np.float64)
        return np.exp(said) if log else said


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


def _fits(training: Values, season: int) -> bool:
    return season > 1 and len(training) >= 2 * season + 2


def _statsmodels(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingExtraError(
            "ETS and SARIMA need statsmodels", hint=Hint.INSTALL_FORECAST
        ) from None
