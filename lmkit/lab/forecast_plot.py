"""The picture of a forecast: what was, what is said to come, and how sure it is.

The colours are those of Okabe and Ito, which the colour-blind can tell apart; lines differ in
form too, and every colour is readable on white and on black.
"""

import importlib
from pathlib import Path
from types import ModuleType

from lmkit.core.errors import MissingExtraError
from lmkit.core.files import atomic_path
from lmkit.data.series import Series
from lmkit.results import Forecast

HISTORY, FORECAST, ACTUAL = "#0072B2", "#D55E00", "#009E73"
INK = "#808080"  # axes and text: about as far from white as from black
SHOWN = 6  # horizons of history that are drawn


def plot_forecast(
    series: Series, forecast: Forecast, path: Path, *, actual: tuple[float, ...] = ()
) -> None:
    """Draw history, forecast and interval of every column, each on its own axes.

    Args:
        series: What came before.
        forecast: What is said to come.
        path: The picture; its ending names the format (png, svg, pdf). The ground is transparent,
            so that it can lie on a light or a dark page.
        actual: What came in the first column, where it is known.

    Raises:
        MissingExtraError: If matplotlib is not installed.
    """
    pyplot = _pyplot()
    rows = len(forecast.columns)
    figure, axes = pyplot.subplots(rows, 1, figsize=(9, 3.6 * rows), squeeze=False, sharex=True)
    horizon, length = len(forecast.forecast), len(series)
    start = max(0, length - SHOWN * horizon)
    ahead = range(length, length + horizon)
    for number, (said, (axis,)) in enumerate(zip(forecast.columns, axes, strict=True)):
        history = series.values[start:, number]
        axis.plot(range(start, length), history, color=HISTORY, label="history")
        axis.plot(ahead, said.forecast, color=FORECAST, linestyle="--", label="forecast")
        label = f"{forecast.level:.0%} interval"
        axis.fill_between(ahead, said.lower, said.upper, color=FORECAST, alpha=0.25, label=label)
        if actual and number == 0:
            axis.plot(
                range(length, length + len(actual)),
                actual,
                color=ACTUAL,
                linestyle=":",
                linewidth=2,
                label="what came",
            )
        axis.set_ylabel(said.column, color=INK)
        axis.tick_params(colors=INK)
        axis.grid(visible=True, color=INK, alpha=0.25)
        for spine in axis.spines.values():
            spine.set_color(INK)
        axis.legend(loc="upper left", labelcolor=INK, frameon=False)
    _name_times(axes[-1][0], series, start)
    figure.tight_layout()
    with atomic_path(path) as new:
        figure.savefig(new, dpi=150, transparent=True)
    pyplot.close(figure)


def _name_times(axis: object, series: Series, start: int) -> None:
    """Write dates under some of the times, where the series has dates."""
    if not series.dates:
        return
    step = max(1, (len(series) - start) // 8)
    at = list(range(start, len(series), step))
    axis.set_xticks(at, [series.dates[i] for i in at])  # type: ignore[attr-defined]  # of matplotlib


def _pyplot() -> ModuleType:
    try:
        matplotlib = importlib.import_module("matplotlib")
    except ImportError:
        raise MissingExtraError(
            "pictures need matplotlib; install it with: pip install 'lmkit[plot]'"
        ) from None
    matplotlib.use("Agg")
    return importlib.import_module("matplotlib.pyplot")
