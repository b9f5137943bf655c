"""Forecast of a series of numbers: `forecast`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.options import Json, Quiet, Seed, prepare_machine
from lmkit.cli.study import Plot, Theme
from lmkit.terminal.output import say, show, write_json

if TYPE_CHECKING:
    from lmkit.forecasting.backtest import Backtest
    from lmkit.forecasting.series import ReadingConfig, Series
    from lmkit.results import Forecast

UNTESTED: dict[str, object] = {"mase": None, "smape": None, "baselines": []}

File = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE.csv", help="A table; '-' for stdin [default: the airline passengers]."
    ),
]
Horizon = Annotated[int, typer.Option(min=1, help="Number of steps to forecast.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Column to forecast; may be given several times."),
]
Gaps = Annotated[
    Literal["refuse", "fill", "keep"],
    typer.Option(
        help="Missing dates and values: refuse the table, fill them by interpolation, or "
        "keep the rows and ignore dates."
    ),
]
Decimal = Annotated[
    Literal["auto", "point", "comma"], typer.Option(help="The decimal mark of the numbers.")
]
DateOrder = Annotated[
    Literal["auto", "dmy", "mdy", "ymd"],
    typer.Option(help="Order of day, month and year in dates such as 01/02/2010."),
]
Origins = Annotated[
    int, typer.Option(min=0, help="Number of held-out ends of the series to test on; 0: no test.")
]
Stride = Annotated[
    int, typer.Option(min=0, help="Steps from one tested end to the next; 0: the horizon.")
]
Preset = Annotated[str, typer.Option(help="small, or classic (two layers of 128 units).")]
Cell = Annotated[str | None, typer.Option(help="The recurrent cell [default: lstm].")]
Season = Annotated[
    int | None,
    typer.Option(min=1, help="Steps in a season; 1: no season [default: from the dates]."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change one setting, e.g. head=quantile; may be given several times.",
    ),
]


def forecast(
    file: File = None,
    horizon: Horizon = 24,
    column: Columns = None,
    gaps: Gaps = "refuse",
    decimal: Decimal = "auto",
    date_order: DateOrder = "auto",
    origins: Origins = 1,
    stride: Stride = 0,
    preset: Preset = "small",
    cell: Cell = None,
    season: Season = None,
    settings: Settings = None,
    seed: Seed = 0,
    plot: Plot = None,
    theme: Theme = "light",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Forecast a series of numbers and compare with baselines.

    Errors are measured on the held-out end; the forecast is then trained on the whole series.

    Examples:
      lmkit forecast --plot passengers.png
      lmkit forecast sales.csv --horizon 12 --column revenue --json
      lmkit forecast sales.csv --gaps fill --date-order dmy
      lmkit forecast --horizon 12 --origins 8 --stride 6
      lmkit forecast visits.csv --season 7 --set head=quantile --set scaling.log=no
    """
    from lmkit.forecasting.forecaster import Forecaster, backtest, forecaster_config
    from lmkit.forecasting.series import ReadingConfig

    prepare_machine()
    reading = ReadingConfig(gaps=gaps, decimal=decimal, date_order=date_order)
    series = _series(file, tuple(column or ()), reading)
    options = {"cell": cell, "season": season, "seed": seed}
    config = forecaster_config(preset, settings or (), options)
    _announce(series, is_tested=origins > 0, quiet=quiet)
    tested = (
        backtest(series, config, horizon=horizon, origins=origins, stride=stride)
        if origins
        else None
    )
    ahead = Forecaster.train(series, config).forecast(horizon)
    _draw(plot, series, ahead, theme=theme)
    if json:
        write_json({**(tested.to_dict() if tested else UNTESTED), **ahead.to_dict()})
    else:
        _show(ahead, tested, quiet=quiet)


def _series(file: Path | None, columns: Sequence[str], reading: "ReadingConfig") -> "Series":
    from lmkit.forecasting.series import air_passengers, read_series

    if file is None:
        return air_passengers()
    return read_series(file, columns=columns, config=reading)


def _announce(series: "Series", *, is_tested: bool, quiet: bool) -> None:
    """Say what there is to say of the reading, and what is done now."""
    for notice in series.notices:
        say(notice)
    if not quiet:
        doing = "testing, then forecasting" if is_tested else "forecasting"
        say(f"{series.name}: {len(series)} observations{_named(series.columns)}; {doing}")


def _named(columns: Sequence[str]) -> str:
    """Name the columns, and the one whose numbers are the answer where there are several."""
    if len(columns) == 1:
        return f" of {columns[0]!r}"
    return f" of {len(columns)} columns, the first of them {columns[0]!r} (--column chooses)"


def _draw(plot: Path | None, series: "Series", ahead: "Forecast", *, theme: str) -> None:
    """Write the plot, where one was asked for."""
    if plot is None:
        return
    from lmkit.plots.canvas import save_plot
    from lmkit.plots.forecast import forecast_picture

    save_plot(plot, forecast_picture(series, ahead), theme=theme)


def _show(ahead: "Forecast", tested: "Backtest | None", *, quiet: bool) -> None:
    """Show the numbers ahead, and below them the errors of the test, if there was one."""
    from lmkit.terminal.forecast import errors, numbers_ahead

    show(numbers_ahead(ahead), quiet=quiet)
    if tested:
        show(errors(tested, column=ahead.column if len(ahead.columns) > 1 else ""), quiet=quiet)
