"""Options that several commands of the lab share, and the parsing of their lists."""

from typing import Annotated

import typer

from lmkit.core.errors import UsageError

Words = Annotated[str, typer.Argument(metavar="TEXT", help="The text to read.")]
Cells = Annotated[str, typer.Option(metavar="A,B,...", help="Names of cells, or 'all'.")]
Hidden = Annotated[int, typer.Option(min=1, help="Units of each cell.")]

NetworkNumber = Annotated[
    int,
    typer.Option("--model", min=1, help="Number of the network in an averaged model, from 1."),
]


def cell_names(listed: str) -> tuple[str, ...]:
    """Parse `elman,lstm`, or `all` for every cell there is.

    Args:
        listed: Names separated by commas; spaces around them do not count.
    """
    from lmkit.nn.cells import CELLS

    if listed.strip() == "all":
        return CELLS.names()
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def numbers(listed: str) -> tuple[int, ...]:
    """Parse `5,10,20`; an empty text has no numbers.

    Raises:
        UsageError: If something else than a whole number stands there.
    """
    try:
        return tuple(int(number) for number in listed.split(",") if listed.strip())
    except ValueError:
        raise UsageError(f"write whole numbers, e.g. 5,10,20; got {listed!r}") from None
