"""Plots of forecasts: what is drawn is what was said, from the last observation on."""

import numpy as np
import pytest

from lmkit.forecasting.series import Series
from lmkit.plots.canvas import save_plot
from lmkit.plots.forecast import ACTUAL, FORECAST, HISTORY, forecast_picture
from lmkit.results import ColumnForecast, Forecast

pytestmark = pytest.mark.slow

pyplot = pytest.importorskip("matplotlib.pyplot")

DATES = tuple(f"2020-{month:02d}" for month in range(1, 13))
VALUES = np.random.default_rng(0).normal(size=(12, 2))
SERIES = Series("x", ("a", "b"), VALUES, DATES)
COLUMNS = tuple(ColumnForecast(name, (1.0, 2.0), (0.0, 0.5), (2.0, 3.0)) for name in "ab")
AHEAD = Forecast("a", *((1.0, 2.0), (0.0, 0.5), (2.0, 3.0)), 0.9, COLUMNS, ("2021-01", "2021-02"))


@pytest.fixture
def drawn():
    """Draw a forecast and return its axes."""
    figures = []

    def draw(series: Series, forecast: Forecast, **options):
        figures.append(forecast_picture(series, forecast, **options)(pyplot))
        return figures[-1].axes

    yield draw
    for figure in figures:
        pyplot.close(figure)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_picture_is_written(tmp_path, theme, ending):
    path = tmp_path / f"a{ending}"
    save_plot(path, forecast_picture(SERIES, AHEAD, actual=(1.5, 2.5)), theme=theme)
    assert path.read_bytes().startswith((b"\x89PNG", b"<?xml"))


def test_every_column_has_its_axes(drawn):
    axes = drawn(SERIES, AHEAD)
    assert [axis.get_ylabel() for axis in axes] == ["a", "b"]
    for number, axis in enumerate(axes):
        history, forecast = axis.lines
        assert history.get_color() == HISTORY
        assert history.get_ydata().tolist() == VALUES[:, number].tolist()
        assert forecast.get_color() == FORECAST
        assert list(forecast.get_xdata()) == [11, 12, 13]
        assert list(forecast.get_ydata()) == [VALUES[-1, number], 1.0, 2.0]


def test_the_interval_opens_at_the_last_observation(drawn):
    axis = drawn(SERIES, AHEAD)[0]
    (interval,) = axis.collections
    corners = {tuple(corner) for corner in interval.get_paths()[0].vertices}
    assert {(12.0, 0.0), (12.0, 2.0), (13.0, 0.5), (13.0, 3.0)} <= corners
    assert (11.0, VALUES[-1, 0]) in corners
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels == ["history", "90% interval", "forecast"]


def test_what_came_is_drawn_in_the_first_column_alone(drawn):
    first, second = drawn(SERIES, AHEAD, actual=(1.5, 2.5))
    assert [line.get_color() for line in first.lines] == [HISTORY, FORECAST, ACTUAL]
    assert list(first.lines[2].get_ydata()) == [1.5, 2.5]
    assert len(second.lines) == 2


def test_dates_are_written_whole_seasons_apart(drawn):
    months = tuple(f"{2000 + at // 12}-{at % 12 + 1:02d}" for at in range(120))
    series = Series("long", ("a",), np.arange(120.0)[:, None], months)
    ahead = tuple(f"2010-{month:02d}" for month in range(1, 13))
    column = ColumnForecast("a", (1.0,) * 12, (0.0,) * 12, (2.0,) * 12)
    forecast = Forecast("a", column.forecast, column.lower, column.upper, 0.9, (column,), ahead)
    (axis,) = drawn(series, forecast)
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert labels == [f"{year}-01" for year in range(2004, 2011)]


def test_long_dates_are_fewer(drawn):
    hours = tuple(f"2020-01-01T{hour:02d}:00:00+01:00" for hour in range(12))
    (_, axis) = drawn(Series("x", ("a", "b"), VALUES, hours), AHEAD)
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert 0 < len(labels) <= 5


def test_times_without_dates_are_numbers(drawn):
    bare = Forecast("a", AHEAD.forecast, AHEAD.lower, AHEAD.upper, 0.9, COLUMNS)
    (axis, _) = drawn(Series("x", ("a", "b"), VALUES), bare)
    assert len(axis.get_xticks()) > 2


def test_names_are_no_formulas_and_are_wrapped(tmp_path):
    name = "cost in $ per $x_{ of a thing whose name is long, and which is measured"
    column = ColumnForecast(name, (1.0, 2.0), (0.0, 0.5), (2.0, 3.0))
    forecast = Forecast(name, column.forecast, column.lower, column.upper, 0.9, (column,))
    series = Series("x", (name,), VALUES[:, :1])
    save_plot(tmp_path / "a.png", forecast_picture(series, forecast))
    assert (tmp_path / "a.png").stat().st_size > 1000
