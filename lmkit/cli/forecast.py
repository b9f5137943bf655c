"""The next numbers of a series: `forecast`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lmkit.cli.options import Json, Quiet, Seed, prepare_machine
from lmkit.cli.study import Plot, Theme
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
        int, typer.Option(min=1, help="Test on so many held-out ends of the series.")
    ] = 1,
    stride: Annotated[
        int, typer.Option(min=0, help="Numbers from one end to the next [the horizon].")
    ] = 0,
    preset: Annotated[str, typer.Option(help="small, or classic: two layers of 128.")] = "small",
    cell: Annotated[str, typer.Option(help="The recurrent cell.")] = "lstm",
    seed: Seed = 0,
    plot: Plot = None,
    theme: Theme = "light",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Forecast a series of numbers, and test it beside baselines.

    The errors come from the end of the series, held out; the forecast then learns from all of it.

    Examples:
      lmkit forecast --plot passengers.png
      lmkit forecast sales.csv --horizon 12 --column revenue --json
      lmkit forecast --horizon 12 --origins 8 --stride 6
    """
    from lmkit.forecaster import Forecaster, backtest, forecast_preset

    prepare_machine()
    series = _series(file, tuple(column or ()))
    config = replace(forecast_preset(preset), cell=cell, seed=seed)
    if not quiet:
        say(f"{series.name}: {len(series)} observations; testing, then forecasting")
    tested = backtest(series, config, horizon=horizon, origins=origins, stride=stride)
    ahead = Forecaster.train(series, config).forecast(horizon)
    if plot is not None:
        from lmkit.lab.canvas import save_plot
        from lmkit.lab.forecast_plot import forecast_picture

        save_plot(plot, forecast_picture(series, ahead), theme=theme)
    if json:
        write_json({**tested.to_dict(), **ahead.to_dict()})
    else:
        show(numbers_ahead(ahead, tested), quiet=quiet)


def _series(file: Path | None, columns: tuple[str, ...]) -> "Series":
    from lmkit.data.series import air_passengers, read_series

    return air_passengers() if file is None else read_series(file, columns=columns)
