"""A forecast and its back-test in a terminal, in 80 columns."""

import math
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lmkit.forecasting.backtest import Backtest
from lmkit.results import ColumnForecast, Forecast
from lmkit.terminal.output import visible

_DIGITS = 5  # of the largest number shown


def numbers_ahead(answer: Forecast) -> RenderableType:
    """Return the numbers to come with their intervals, column by column."""
    return Group(*_columns(answer))


def errors(tested: Backtest, *, column: str = "") -> RenderableType:
    """Return the errors beside those of the baselines, and who was best from each origin.

    Args:
        tested: What the test came to.
        column: Which column was tested, where there are several.
    """
    table = _table("held out", "MASE", "sMAPE")
    table.columns[0].justify = "left"
    table.add_row(Text("lmkit", style="bold"), f"{tested.mase:.3f}", f"{tested.smape:.1f}%")
    for other in tested.baselines:
        table.add_row(other.name, f"{other.mase:.3f}", f"{other.smape:.1f}%")
    where = f"{visible(column)}: " if column else ""
    held = f"{tested.coverage:.0%} of what came lay in the {tested.level:.0%} intervals of lmkit"
    if tested.origins == 1:
        return Group(table, Text(where + held, style="dim"))
    note = Text(f"{where}{held}; means of {tested.origins} origins:", style="dim")
    return Group(table, note, _origins(tested))


def _columns(answer: Forecast) -> Iterator[RenderableType]:
    for said in answer.columns:
        if len(answer.columns) > 1:
            yield Text(visible(said.column), style="bold")
        yield _ahead(said, answer.dates)
        yield Text("")


def _ahead(said: ColumnForecast, dates: Sequence[str]) -> Table:
    table = _table("date" if dates else "ahead", "forecast", "lower", "upper")
    decimals = _decimals([*said.forecast, *said.lower, *said.upper])
    times = dates or [str(number) for number in range(1, len(said.forecast) + 1)]
    for time, *row in zip(times, said.forecast, said.lower, said.upper, strict=True):
        table.add_row(visible(time), *(f"{value:,.{decimals}f}" for value in row))
    return table


def _decimals(values: Sequence[float]) -> int:
    """Return how many places behind the point give the largest value its digits."""
    largest = max(map(abs, values), default=0.0)
    before = math.floor(math.log10(largest)) + 1 if largest > 0 else 1
    return max(0, _DIGITS - max(before, -_DIGITS))


def _origins(tested: Backtest) -> RenderableType:
    names = ("lmkit", *(other.name for other in tested.baselines))
    table = _table("from", *names)
    for origin in tested.by_origin:
        found = {error.name: f"{error.mase:.3f}" for error in origin.errors}
        best = origin.errors[0].name
        row = [Text(found[name], style="bold" if name == best else "") for name in names]
        table.add_row(visible(origin.date) or str(origin.observations + 1), *row)
    return Group(table, Text("MASE from each origin, the best in bold", style="dim"))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table
