"""Rolling-origin backtests: forecast the end of a series from several origins, beside baselines.

Each origin sees the observations before it alone. Knows no network: the forecasting function is an
argument.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lmkit.core.errors import DataError
from lmkit.forecasting.accuracy import coverage, mase, smape
from lmkit.forecasting.baselines import BASELINES, FitError, available_baselines
from lmkit.forecasting.series import Series, Values
from lmkit.results import Forecast, Result

OURS = "lmkit"

Forecasting: TypeAlias = Callable[[Series], Forecast]  # trains on a series and forecasts it


@dataclass(frozen=True, slots=True)
class SeriesErrors(Result):
    """Errors of one forecasting method on held-out numbers; nan where it could not be fitted."""

    name: str
    mase: float  # below 1: better than the seasonal naive forecast was on the training part
    smape: float  # percent, 0..200


@dataclass(frozen=True, slots=True)
class Origin(Result):
    """Errors of the forecasts from one origin.

    Attributes:
        observations: Number of observations before it.
        date: Date of the first number forecast; empty where the series has no dates.
        coverage: Fraction of the observations inside lmkit's intervals.
        errors: Errors of every method, "lmkit" among them, the least MASE first.
    """

    observations: int
    date: str
    coverage: float
    errors: tuple[SeriesErrors, ...]


@dataclass(frozen=True, slots=True)
class Backtest(Result):
    """Errors of forecasts from several origins, each made from the observations before it.

    Attributes:
        horizon: Numbers forecast from each origin.
        origins: Number of origins.
        mase: Error of lmkit's model, the mean over the origins.
        smape: The same, in percent.
        coverage: Fraction of the observations inside the intervals.
        level: Fraction that the intervals should hold.
        baselines: Errors of the other methods from the same origins.
        by_origin: Errors from each origin, in the order of time.
    """

    horizon: int
    origins: int
    mase: float
    smape: float
    coverage: float
    level: float
    baselines: tuple[SeriesErrors, ...]
    by_origin: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestConfig:
    """Origins of a backtest."""

    horizon: int  # numbers forecast from each origin
    season: int  # observations of a season; 1: none
    origins: int = 1  # the last forecast ends where the series does
    stride: int = 0  # observations from one origin to the next; 0: the horizon

    def places(self, series: Series) -> range:
        """Return the number of observations before each origin.

        Raises:
            DataError: If too few stand before the first.
        """
        step = self.stride or self.horizon
        last = len(series) - self.horizon
        first = last - (self.origins - 1) * step
        wanted = 2 * self.season + 2
        if min(self.horizon, self.origins, step) < 1 or first < wanted:
            raise DataError(
                f"{len(series)} observations are too few to forecast {self.horizon} from "
                f"{self.origins} origins {step} apart: {max(first, 0)} would precede the first, "
                f"and {wanted} are needed; give a shorter --horizon or --season, or forecast "
                "without a test (--origins 0)"
            )
        return range(first, last + 1, step)


def roll(series: Series, forecasting: Forecasting, config: BacktestConfig) -> Backtest:
    """Forecast from every origin; the figures are those of the first column.

    Args:
        series: The whole series; its end is held out.
        forecasting: Forecasts `config.horizon` numbers from the observations before an origin.
        config: Origins.

    Returns:
        Errors of `forecasting`, and of the baselines that can be computed here.
    """
    level, origins = 0.0, []
    for place in config.places(series):
        before = series.part(0, place)
        forecast = forecasting(before)
        level = forecast.level
        actual = series.values[place : place + config.horizon, 0]
        origins.append(
            Origin(
                observations=place,
                date=series.dates[place] if series.dates else "",
                coverage=coverage(actual, np.array(forecast.lower), np.array(forecast.upper)),
                errors=_errors(
                    np.array(forecast.forecast), actual, before.values[:, 0], config.season
                ),
            )
        )
    means = {name: _mean(name, origins) for name in (OURS, *available_baselines())}
    ours = means.pop(OURS)
    return Backtest(
        horizon=config.horizon,
        origins=len(origins),
        mase=ours.mase,
        smape=ours.smape,
        coverage=float(np.mean([origin.coverage for origin in origins])),
        level=level,
        baselines=tuple(means.values()),
        by_origin=tuple(origins),
    )


def _errors(ours: Values, actual: Values, past: Values, season: int) -> tuple[SeriesErrors, ...]:
    """Return the errors of every method, the least first."""
    forecasts = {OURS: ours}
    for name in available_baselines():
        try:
            forecasts[name] = BASELINES.get(name)().forecast(past, len(actual), season)
        except FitError:
            forecasts[name] = np.full_like(ours, np.nan)
    errors = [
        SeriesErrors(name, mase(actual, values, past, season=season), smape(actual, values))
        if np.isfinite(values).all()
        else SeriesErrors(name, np.nan, np.nan)
        for name, values in forecasts.items()
    ]
    return tuple(sorted(errors, key=lambda error: (np.isnan(error.mase), error.mase)))


def _mean(name: str, origins: list[Origin]) -> SeriesErrors:
    errors = [error for origin in origins for error in origin.errors if error.name == name]
    return SeriesErrors(
        name,
        float(np.mean([error.mase for error in errors])),
        float(np.mean([error.smape for error in errors])),
    )
