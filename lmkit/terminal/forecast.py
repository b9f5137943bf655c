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
_LARGEST, _SMALLEST = 1e9, 1e-6  # numbers beyond are written with an exponent


def numbers_ahead(answer: Forecast) -> RenderableType:
    """Return the numbers to come with their intervals, column by column."""
    return Group(*_columns(answer))


def errors(tested: Backtest, *, column: str = "") -> RenderableType:
    """Return the errors beside those of the baselines, and the best method from each origin.

    Args:
        tested: Result of the backtest.
        column: Name of the column that was tested, where there are several.
    """
    table = _table("held out", "MASE", "sMAPE")
    table.columns[0].justify = "left"
    table.add_row(Text("lmkit", style="bold"), _error(tested.mase), _percent(tested.smape))
    for other in tested.baselines:
        table.add_row(other.name, _error(other.mase), _percent(other.smape))
    where = f"{visible(column)}: " if column else ""
    held = f"{tested.coverage:.0%} of what came lay in the {tested.level:.0%} intervals of lmkit"
    if tested.origins == 1:
        return Group(table, Text(where + held, style="dim"))
    note = Text(f"{where}{held}; means of {tested.origins} origins:", style="dim")
    return Group(table, note, _origins(tested))


def _columns(answer: Forecast) -> Iterator[RenderableType]:
    for column in answer.columns:
        if len(answer.columns) > 1:
            yield Text(visible(column.column), style="bold")
        yield _ahead(column, answer.dates)
        yield Text("")


def _ahead(column: ColumnForecast, dates: Sequence[str]) -> Table:
    table = _table("date" if dates else "ahead", "forecast", "lower", "upper")
    written = _number_format([*column.forecast, *column.lower, *column.upper])
    times = dates or [str(number) for number in range(1, len(column.forecast) + 1)]
    for time, *row in zip(times, column.forecast, column.lower, column.upper, strict=True):
        table.add_row(visible(time), *(format(value, written) for value in row))
    return table


def _number_format(values: Sequence[float]) -> str:
    """Return a format that gives the largest value its digits and fits 80 columns."""
    largest = max(map(abs, values), default=0.0)
    if largest and not _SMALLEST <= largest < _LARGEST:
        return f".{_DIGITS - 1}e"
    before = math.floor(math.log10(largest)) + 1 if largest else 1
    return f",.{max(0, _DIGITS - before)}f"


def _error(mase: float) -> str:
    """Write an error; a dash for a baseline that could not be fitted."""
    if not math.isfinite(mase):
        return "-"
    return f"{mase:.3f}" if mase < 1e4 else f"{mase:.2e}"


def _percent(smape: float) -> str:
    return f"{smape:.1f}%" if math.isfinite(smape) else "-"


def _origins(tested: Backtest) -> RenderableType:
    names = ("lmkit", *(other.name for other in tested.baselines))
    table = _table("from", *names)
    for origin in tested.by_origin:
        found = {error.name: _error(error.mase) for error in origin.errors}
        best = origin.errors[0].name
        row = [Text(found[name], style="bold" if name == best else "") for name in names]
        table.add_row(visible(origin.date) or str(origin.observations + 1), *row)
    return Group(table, Text("MASE from each origin, the best in bold", style="dim"))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table
