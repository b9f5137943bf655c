"""Forecasts in a terminal: every column, aligned, in 80 columns."""

from rich.console import Console

from lmkit.forecasting.backtest import Backtest, Origin, SeriesErrors
from lmkit.results import ColumnForecast, Forecast
from lmkit.terminal.forecast import errors, numbers_ahead

SAID = ColumnForecast("sales", (99.5, 1012.25), (90.0, 900.0), (110.0, 1200.5))
SMALL = ColumnForecast("share", (0.001234, 0.002), (0.001, 0.001), (0.002, 0.003))


def shown(renderable) -> str:
    console = Console(width=80, no_color=True)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def test_every_column_is_shown_with_as_many_digits_as_it_needs():
    answer = Forecast("sales", *SAID_VALUES, 0.9, (SAID, SMALL), ("2020-01", "2020-02"))
    text = shown(numbers_ahead(answer))
    assert text.split() == [
        *("sales", "date", "forecast", "lower", "upper"),
        *("2020-01", "99.5", "90.0", "110.0", "2020-02", "1,012.2", "900.0", "1,200.5"),
        *("share", "date", "forecast", "lower", "upper"),
        *("2020-01", "0.0012340", "0.0010000", "0.0020000"),
        *("2020-02", "0.0020000", "0.0010000", "0.0030000"),
    ]


SAID_VALUES = (SAID.forecast, SAID.lower, SAID.upper)


def test_one_column_without_dates_is_counted():
    answer = Forecast("sales", *SAID_VALUES, 0.9, (SAID,))
    assert shown(numbers_ahead(answer)).split()[:5] == ["ahead", "forecast", "lower", "upper", "1"]


def test_errors_say_whose_they_are_and_who_was_best():
    ours, theirs = SeriesErrors("lmkit", 0.5, 4.0), SeriesErrors("ETS", 0.4, 3.0)
    origins = tuple(Origin(at, "", 0.9, (theirs, ours)) for at in (20, 25))
    tested = Backtest(5, 2, 0.5, 4.0, 0.9, 0.9, (theirs,), origins)
    text = shown(errors(tested, column="sales"))
    assert "sales: 90% of what came lay in the 90% intervals of lmkit; means of 2 origins" in text
    assert text.count("0.400") == 3
    assert "\n  21  " in text
    assert max(map(len, text.splitlines())) <= 80
