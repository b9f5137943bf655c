"""The next numbers of a series: `forecast`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lmkit.cli.options import Json, Quiet, Seed, prepare_machine
from lmkit.cli.study import Plot, Theme
from lmkit.terminal.output import say, show, write_json

if TYPE_CHECKING:
    from lmkit.forecasting.series import Series

UNTESTED: dict[str, object] = {"mase": None, "smape": None, "baselines": []}


def forecast(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.csv", help="[default: the airline passengers]")
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, help="How many numbers ahead.")] = 24,
    column: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Which columns; may be repeated.")
    ] = None,
    origins: Annotated[
        int, typer.Option(min=0, help="Test on so many held-out ends of the series; 0: no test.")
    ] = 1,
    stride: Annotated[
        int, typer.Option(min=0, help="Numbers from one end to the next [the horizon].")
    ] = 0,
    preset: Annotated[str, typer.Option(help="small, or classic: two layers of 128.")] = "small",
    cell: Annotated[str | None, typer.Option(help="The recurrent cell [lstm].")] = None,
    season: Annotated[
        int | None,
        typer.Option(min=1, help="Numbers of a season; 1: none [guessed from the dates]."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a value, e.g. head=quantile."),
    ] = None,
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
      lmkit forecast visits.csv --season 7 --set head=quantile --set scaling.log=no
    """
    from lmkit.forecasting.forecaster import Forecaster, backtest, forecaster_config
    from lmkit.terminal.forecast import errors, numbers_ahead

    prepare_machine()
    series = _series(file, tuple(column or ()))
    options = {"cell": cell, "season": season, "seed": seed}
    config = forecaster_config(preset, settings or (), options)
    if not quiet:
        doing = "testing, then forecasting" if origins else "forecasting"
        say(f"{series.name}: {len(series)} observations; {doing}")
    tested = (
        backtest(series, config, horizon=horizon, origins=origins, stride=stride)
        if origins
        else None
    )
    ahead = Forecaster.train(series, config).forecast(horizon)
    if plot is not None:
        from lmkit.plots.canvas import save_plot
        from lmkit.plots.forecast import forecast_picture

        save_plot(plot, forecast_picture(series, ahead), theme=theme)
    if json:
        write_json({**(tested.to_dict() if tested else UNTESTED), **ahead.to_dict()})
        return
    show(numbers_ahead(ahead), quiet=quiet)
    if tested:
        show(errors(tested, column=ahead.column if len(ahead.columns) > 1 else ""), quiet=quiet)


def _series(file: Path | None, columns: Sequence[str]) -> "Series":
    from lmkit.forecasting.series import air_passengers, read_series

    return air_passengers() if file is None else read_series(file, columns=columns)
