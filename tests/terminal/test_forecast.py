"""Forecasts in a terminal: every column, aligned, in 80 columns, no number cut."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from lmkit.forecasting.backtest import Backtest, Origin, SeriesErrors
from lmkit.results import ColumnForecast, Forecast
from lmkit.terminal.forecast import errors, numbers_ahead

SALES = ColumnForecast("sales", (99.5, 1012.25), (90.0, 900.0), (110.0, 1200.5))
SMALL = ColumnForecast("share", (0.001234, 0.002), (0.001, 0.001), (0.002, 0.003))
LONGEST_DATE = "2010-01-01T00:00:00.123456+01:00"


def shown(renderable) -> str:
    console = Console(width=80, no_color=True)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def forecast(*columns: ColumnForecast, dates: tuple[str, ...] = ()) -> Forecast:
    first = columns[0]
    said = (first.column, first.forecast, first.lower, first.upper)
    return Forecast(*said, 0.9, columns, dates)


def backtest(*baselines: SeriesErrors, mase: float = 0.5) -> Backtest:
    ours = SeriesErrors("lmkit", mase, 4.0)
    ranked = tuple(sorted((ours, *baselines), key=lambda error: error.mase))
    origins = tuple(Origin(at, "", 0.9, ranked) for at in (20, 25))
    return Backtest(5, 2, mase, 4.0, 0.9, 0.9, baselines, origins)


def test_every_column_is_shown_with_as_many_digits_as_it_needs():
    text = shown(numbers_ahead(forecast(SALES, SMALL, dates=("2020-01", "2020-02"))))
    assert text.split() == [
        *("sales", "date", "forecast", "lower", "upper"),
        *("2020-01", "99.5", "90.0", "110.0", "2020-02", "1,012.2", "900.0", "1,200.5"),
        *("share", "date", "forecast", "lower", "upper"),
        *("2020-01", "0.0012340", "0.0010000", "0.0020000"),
        *("2020-02", "0.0020000", "0.0010000", "0.0030000"),
    ]


def test_one_column_without_dates_is_counted():
    text = shown(numbers_ahead(forecast(SALES)))
    assert text.split()[:5] == ["ahead", "forecast", "lower", "upper", "1"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"),
        (1.0, "1.0000"),
        (-12.5, "-12.500"),
        (123456.7, "123,457"),
        (999_999_999.0, "999,999,999"),
        (1e9, "1.0000e+09"),
        (-2.5e30, "-2.5000e+30"),
        (1.7e308, "1.7000e+308"),
        (1e-6, "0.0000010000"),
        (1e-7, "1.0000e-07"),
        (-1e-300, "-1.0000e-300"),
    ],
)
def test_a_number_of_any_size_is_written_out(value, text):
    column = ColumnForecast("x", (value,), (value,), (value,))
    assert shown(numbers_ahead(forecast(column))).split()[-3:] == [text] * 3


@given(
    st.lists(st.floats(-1e308, 1e308, allow_subnormal=False), min_size=3, max_size=9),
    st.sampled_from(["2010-01", LONGEST_DATE, "12/31/2010 11:30 PM"]),
)
def test_no_number_is_cut_in_80_columns(numbers, date):
    third = len(numbers) // 3
    parts = [tuple(numbers[at * third : (at + 1) * third]) for at in range(3)]
    text = shown(numbers_ahead(forecast(ColumnForecast("x", *parts), dates=(date,) * third)))
    assert "…" not in text
    rows = [line for line in text.splitlines() if date in line]
    assert len(rows) == third
    assert max(map(len, text.splitlines())) <= 80
    largest = max(map(abs, numbers[: 3 * third]))
    for row, *values in zip(rows, *parts, strict=True):
        written = [float(cell.replace(",", "")) for cell in row.removeprefix(date).split()[-3:]]
        assert written == pytest.approx(values, abs=1e-4 * largest)


def test_control_characters_of_names_and_dates_are_written_out():
    column = ColumnForecast("a\x1b[31m", (1.0,), (1.0,), (1.0,))
    text = shown(numbers_ahead(forecast(column, column, dates=("2010\x07",))))
    assert "\x1b" not in text
    assert "\\x1b" in text
    assert "2010\\x07" in text


def test_errors_say_whose_they_are_and_who_was_best():
    text = shown(errors(backtest(SeriesErrors("ETS", 0.4, 3.0)), column="sales"))
    assert "sales: 90% of what came lay in the 90% intervals of lmkit; means of 2 origins" in text
    assert text.count("0.400") == 3
    assert "\n  21  " in text
    assert max(map(len, text.splitlines())) <= 80


def test_one_origin_is_no_table_of_origins():
    one = Backtest(5, 1, 0.5, 4.0, 0.9, 0.9, (SeriesErrors("ETS", 0.4, 3.0),))
    text = shown(errors(one))
    assert "MASE from each origin" not in text
    assert "90% of what came lay in the 90% intervals of lmkit" in text


def test_a_baseline_that_could_not_be_fitted_has_a_dash():
    unfit = SeriesErrors("SARIMA", math.nan, math.nan)
    text = shown(errors(backtest(unfit)))
    row = next(line for line in text.splitlines() if line.startswith("SARIMA"))
    assert row.split() == ["SARIMA", "-", "-"]
    assert "nan" not in text


def test_errors_of_any_size_fit_in_80_columns():
    names = ("seasonal naive", "ETS", "SARIMA")
    huge = [SeriesErrors(name, 1.7e308, 200.0) for name in names]
    text = shown(errors(backtest(*huge, mase=12345.6), column="x" * 60))
    assert "…" not in text
    assert "1.70e+308" in text
    assert "1.23e+04" in text
    assert max(map(len, text.splitlines())) <= 80
