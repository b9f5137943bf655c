"""The output options that commands share, and the one way to print a result."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.options import Json, Quiet
from lmkit.cli.shared_options import Command, Option, with_options
from lmkit.terminal.output import show, write_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lmkit.plots.canvas import Drawing
    from lmkit.results import Result

Plot = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Draw it: .png, .svg or .pdf (needs matplotlib)."),
]
Theme = Annotated[Literal["light", "dark"], typer.Option(help="The colours of the plot.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The output options of a command: JSON or a table, quiet or not, and a plot.

    Attributes:
        json: Print one JSON object in place of a table.
        quiet: No progress, no hints, no colour.
        plot: File to draw to; None draws nothing.
        theme: Colours of the plot.
    """

    json: bool = False
    quiet: bool = False
    plot: Path | None = None
    theme: Literal["light", "dark"] = "light"

    def emit(self, answer: "Result", table: "RenderableType") -> None:
        """Print a result as JSON or as its table."""
        if self.json:
            write_json(answer.to_dict())
        else:
            show(table, quiet=self.quiet)

    def draw(self, drawing: "Callable[[], Drawing]") -> None:
        """Write the plot, where one was asked for.

        Args:
            drawing: Makes what `plots.canvas.save_plot` draws.
        """
        if self.plot is None:
            return
        from lmkit.plots.canvas import save_plot

        save_plot(self.plot, drawing(), theme=self.theme)


def with_output(*, plots: bool) -> Callable[[Command], Command]:
    """Add the output options to a command that takes them as one `output: Output`.

    Args:
        plots: Whether the command can draw: adds --plot and --theme.

    Returns:
        A decorator; the command it returns has the options in its signature, where typer looks.
    """
    options: dict[str, Option] = {}
    if plots:
        options |= {"plot": (Plot, None), "theme": (Theme, "light")}
    options |= {"json": (Json, False), "quiet": (Quiet, False)}
    return with_options("output", options, Output)
