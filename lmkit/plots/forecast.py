"""Plot of a forecast: history, predictions and their interval."""

from collections.abc import Callable
from typing import Any

from lmkit.forecasting.series import Series
from lmkit.plots.canvas import COLOURS, Axes, Figure
from lmkit.results import ColumnForecast, Forecast

HISTORY, FORECAST, ACTUAL = COLOURS[5], COLOURS[1], COLOURS[2]
SHOWN = 6  # horizons of history that are drawn
LABELS = 9  # most dates written under the times


def forecast_picture(
    series: Series, forecast: Forecast, *, actual: tuple[float, ...] = ()
) -> Callable[[Any], Figure]:  # Any: matplotlib's pyplot, which is not typed here
    """Plot history, forecast and interval of every column, each on its own axes.

    Args:
        series: What came before.
        forecast: What is said to come.
        actual: What came in the first column, where it is known.
    """

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401  # matplotlib is not typed
        rows = len(forecast.columns)
        size = (8.5, 3.4 * rows)
        figure, axes = pyplot.subplots(rows, 1, figsize=size, squeeze=False, sharex=True)
        for number, (said, (axis,)) in enumerate(zip(forecast.columns, axes, strict=True)):
            _draw_column(axis, series, said, number=number)
            axis.collections[0].set_label(f"{forecast.level:.0%} interval")
            if actual and number == 0:
                ahead = range(len(series), len(series) + len(actual))
                axis.plot(ahead, actual, color=ACTUAL, linestyle=":", label="what came")
            axis.legend(loc="upper left", frameon=False)
        dates = series.dates + forecast.dates
        _name_times(axes[-1][0], dates[_first_shown(series, forecast) :], season=series.season)
        return figure

    return draw


def _draw_column(axis: Axes, series: Series, said: ColumnForecast, *, number: int) -> None:
    length = len(series)
    start = _first_shown(series, said)
    ahead = range(length, length + len(said.forecast))
    axis.plot(range(start, length), series.values[start:, number], color=HISTORY, label="history")
    axis.fill_between(ahead, said.lower, said.upper, color=FORECAST, alpha=0.25, linewidth=0)
    axis.plot(ahead, said.forecast, color=FORECAST, linestyle="--", label="forecast")
    axis.set_ylabel(said.column)
    axis.grid(visible=True)
    axis.margins(x=0.01)


def _first_shown(series: Series, said: ColumnForecast) -> int:
    return max(0, len(series) - SHOWN * len(said.forecast))


def _name_times(axis: Axes, dates: tuple[str, ...], *, season: int) -> None:
    """Write dates under some of the times, where there are dates: whole seasons apart."""
    if dates:
        step = season * -(-len(dates) // (LABELS * season))
        first = int(axis.dataLim.x0)
        chosen = range(0, len(dates), step)
        axis.set_xticks([first + at for at in chosen], [dates[at] for at in chosen])
