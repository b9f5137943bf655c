"""Plot of a forecast: history, predictions and their interval."""

import textwrap
from collections.abc import Callable
from typing import Any

from lmkit.forecasting.series import Series
from lmkit.plots.canvas import COLOURS, Axes, Figure
from lmkit.results import ColumnForecast, Forecast

HISTORY, FORECAST, ACTUAL = COLOURS[5], COLOURS[1], COLOURS[2]
SHOWN = 6  # horizons of history that are drawn
LABELS = 9  # most dates written under the times
LETTERS = 100  # of all dates written under the times
NAME_WIDTH = 36  # letters of the name of a column in one line


def forecast_picture(
    series: Series, forecast: Forecast, *, actual: tuple[float, ...] = ()
) -> Callable[[Any], Figure]:  # Any: matplotlib's pyplot, which is not typed here
    """Plot history, forecast and interval of every column, each on its own axes.

    Args:
        series: Observations before the forecast.
        forecast: Forecast to draw.
        actual: Observations of the first column that were forecast, where they are known.
    """

    def draw(pyplot: Any) -> Figure:  # noqa: ANN401  # matplotlib is not typed
        rows = len(forecast.columns)
        size = (8.5, 3.4 * rows)
        figure, axes = pyplot.subplots(rows, 1, figsize=size, squeeze=False, sharex=True)
        for number, (column, (axis,)) in enumerate(zip(forecast.columns, axes, strict=True)):
            _draw_column(axis, series, column, number=number)
            axis.collections[0].set_label(f"{forecast.level:.0%} interval")
            if actual and number == 0:
                ahead = range(len(series), len(series) + len(actual))
                axis.plot(ahead, actual, color=ACTUAL, linestyle=":", label="what came")
            axis.legend(loc="best", frameon=False)
        dates = series.dates + forecast.dates
        _name_times(axes[-1][0], dates[_first_shown(series, forecast) :], season=series.season)
        return figure

    return draw


def _draw_column(axis: Axes, series: Series, column: ColumnForecast, *, number: int) -> None:
    """Draw history and forecast, which begins at the last observation."""
    length = len(series)
    start = _first_shown(series, column)
    history = series.values[start:, number]
    ahead = range(length - 1, length + len(column.forecast))
    middle, lower, upper = (
        (history[-1], *line) for line in (column.forecast, column.lower, column.upper)
    )
    axis.plot(range(start, length), history, color=HISTORY, label="history")
    axis.fill_between(ahead, lower, upper, color=FORECAST, alpha=0.25, linewidth=0)
    axis.plot(ahead, middle, color=FORECAST, linestyle="--", label="forecast")
    axis.set_ylabel(_wrapped(column.column))
    axis.grid(visible=True)
    axis.margins(x=0.01)


def _wrapped(name: str) -> str:
    """Return a name in lines as long as an axis is high; a dollar sign begins no formula."""
    return "\n".join(textwrap.wrap(name, NAME_WIDTH)).replace("$", r"\$")


def _first_shown(series: Series, column: ColumnForecast) -> int:
    return max(0, len(series) - SHOWN * len(column.forecast))


def _name_times(axis: Axes, dates: tuple[str, ...], *, season: int) -> None:
    """Write dates under some of the times, where there are dates: whole seasons apart."""
    if dates:
        labels = max(2, min(LABELS, LETTERS // max(map(len, dates))))
        step = season * -(-len(dates) // (labels * season))
        first = int(axis.dataLim.x0)
        chosen = range(0, len(dates), step)
        axis.set_xticks([first + at for at in chosen], [dates[at] for at in chosen])
