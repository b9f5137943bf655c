"""Forecasts of series, and their errors in a back-test."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class ColumnForecast(Result):
    """The next numbers of one column, with the interval that should hold each."""

    column: str
    forecast: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Forecast(ColumnForecast):
    """The next numbers of a series: of its first column here, of all of them in `columns`."""

    level: float  # share of what comes that should lie inside the intervals
    columns: tuple[ColumnForecast, ...]
    dates: tuple[str, ...] = ()  # of each number, where the dates of the series tell
