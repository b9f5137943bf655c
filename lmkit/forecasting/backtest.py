"""Rolling-origin backtests: forecast the end of a series from several origins, beside baselines.

Each origin sees what stands before it alone. Knows no network: who forecasts is handed in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lmkit.core.errors import DataError
from lmkit.forecasting.accuracy import coverage, mase, smape
from lmkit.forecasting.baselines import BASELINES, available_baselines
from lmkit.forecasting.series import Series, Values
from lmkit.results import Forecast, Result

OURS = "lmkit"

Forecasting: TypeAlias = Callable[[Series], Forecast]  # trains on a series and says what is next


@dataclass(frozen=True, slots=True)
class SeriesErrors(Result):
    """How far a way to forecast was off on held-out numbers."""

    name: str
    mase: float  # below 1: better than the seasonal naive forecast was on the training part
    smape: float  # percent, 0..200


@dataclass(frozen=True, slots=True)
class Origin(Result):
    """What the forecasts from one origin came to.

    Attributes:
        observations: How many stood before it.
        date: Of the first number forecast; empty where the series has no dates.
        coverage: Share of what came that lay inside lmkit's intervals.
        errors: Of every way to forecast, "lmkit" among them, the least MASE first.
    """

    observations: int
    date: str
    coverage: float
    errors: tuple[SeriesErrors, ...]


@dataclass(frozen=True, slots=True)
class Backtest(Result):
    """Forecasts from several origins, each made from what stood before it alone.

    Attributes:
        horizon: Numbers forecast from each origin.
        origins: How many origins.
        mase: Of lmkit's model, the mean over the origins.
        smape: The same, in percent.
        coverage: Share of what came that lay inside the intervals.
        level: Share that should have.
        baselines: The other ways on the same origins.
        by_origin: Each origin on its own, in the order of time.
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
    """From where to forecast."""

    horizon: int  # numbers forecast from each origin
    season: int  # observations of a season; 1: none
    origins: int = 1  # the last forecast ends where the series does
    stride: int = 0  # observations from one origin to the next; 0: the horizon

    def places(self, series: Series) -> range:
        """Return how many observations stand before each origin.

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
                f"{self.origins} origins {step} apart: {max(first, 0)} would stand before the "
                f"first, and {wanted} must; give a shorter horizon or season, or no origins for "
                "no test"
            )
        return range(first, last + 1, step)


def roll(series: Series, forecasting: Forecasting, config: BacktestConfig) -> Backtest:
    """Forecast from every origin; the figures are those of the first column.

    Args:
        series: The whole series; its end is held out.
        forecasting: Given what stands before an origin, forecasts `config.horizon` numbers.
        config: From where to forecast.

    Returns:
        Errors of `forecasting`, and of the baselines that can be computed here.
    """
    level, origins = 0.0, []
    for place in config.places(series):
        before = series.part(0, place)
        said = forecasting(before)
        level = said.level
        actual = series.values[place : place + config.horizon, 0]
        origins.append(
            Origin(
                observations=place,
                date=series.dates[place] if series.dates else "",
                coverage=coverage(actual, np.array(said.lower), np.array(said.upper)),
                errors=_errors(np.array(said.forecast), actual, before.values[:, 0], config.season),
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
    """Return the errors of every way to forecast, the least first."""
    said = {OURS: ours}
    for name in available_baselines():
        said[name] = BASELINES.get(name)().forecast(past, len(actual), season)
    errors = [
        SeriesErrors(name, mase(actual, values, past, season=season), smape(actual, values))
        for name, values in said.items()
    ]
    return tuple(sorted(errors, key=lambda error: error.mase))


def _mean(name: str, origins: list[Origin]) -> SeriesErrors:
    errors = [error for origin in origins for error in origin.errors if error.name == name]
    return SeriesErrors(
        name,
        float(np.mean([error.mase for error in errors])),
        float(np.mean([error.smape for error in errors])),
    )
