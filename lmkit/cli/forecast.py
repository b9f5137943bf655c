"""The next numbers of a series: `forecast`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lmkit.cli.options import Json, Quiet, Seed, prepare_machine
from lmkit.terminal.output import say, show, write_json
from lmkit.terminal.render import numbers_ahead

if TYPE_CHECKING:
    from lmkit.data.series import Series


def forecast(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.csv", help="[default: the airline passengers]")
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, help="How many numbers ahead.")] = 24,
    column: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Which columns; may be repeated.")
    ] = None,
    origins: Annotated[
        int, typer.Option(min=1, help="Test on so many held-out ends, one horizon apart.")
    ] = 1,
    cell: Annotated[str, typer.Option(help="The recurrent cell.")] = "lstm",
    seed: Seed = 0,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw history, forecast and interval.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Forecast a series of numbers, and test it beside baselines.

    The errors come from the end of the series, held out; the forecast then learns from all of it.

    Examples:
      lmkit forecast --plot passengers.png
      lmkit forecast sales.csv --horizon 12 --column revenue --json
    """
    from lmkit.forecaster import Forecaster, ForecasterConfig, backtest

    prepare_machine()
    series = _series(file, tuple(column or ()))
    config = ForecasterConfig(cell=cell, seed=seed)
    if not quiet:
        say(f"{series.name}: {len(series)} observations; testing, then forecasting")
    tested = backtest(series, config, horizon=horizon, origins=origins)
    ahead = Forecaster.train(series, config).forecast(horizon)
    if plot is not None:
        from lmkit.lab.forecast_plot import plot_forecast

        plot_forecast(series, ahead, plot)
        say(f"drawn: {plot}")
    if json:
        write_json({**tested.to_dict(), **ahead.to_dict()})
    else:
        show(numbers_ahead(ahead, tested), quiet=quiet)


def _series(file: Path | None, columns: tuple[str, ...]) -> "Series":
    from lmkit.data.series import air_passengers, read_series

    return air_passengers() if file is None else read_series(file, columns=columns)
