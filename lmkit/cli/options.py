"""Options that several commands share, and loading of models."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.terminal.output import say

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel
    from lmkit.models.recurrent.recurrent_lm import RecurrentLM
    from lmkit.text.tokenizer import Tokenizer

STDIN = "-"
LONGEST = 1_000_000.0  # minutes or epochs; far more than anyone waits for

Adaptation = Literal["none", "cache", "dynamic", "both"]
Mixing = Literal["none", "ngram"]
Reading = Literal["forward", "both"]
DeviceName = Literal["auto", "cpu", "cuda", "mps"]


def some_time(amount: float | None) -> float | None:
    """Return minutes or epochs, checked to be a usable budget.

    Raises:
        BadParameter: If they are 0, less, no number, or without end.
    """
    if amount is None or 0 < amount <= LONGEST:
        return amount
    raise typer.BadParameter(f"{amount:g} was given; give a number above 0, up to {LONGEST:,.0f}")


ModelFolder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="Model folder, or the name of a bundled model: english."),
]
Top = Annotated[int, typer.Option("-k", "--top", min=1, help="Number of answers.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for each answer.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress, hints or colour.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same result.")]
Alone = Annotated[
    bool,
    typer.Option("--alone", help="Use the network alone, without the fitted n-gram and cache."),
]
Adapt = Annotated[
    Adaptation | None,
    typer.Option(
        help="Adapt to the text read: by its words (cache), by training steps (dynamic), or "
        "both [default: as fitted]."
    ),
]
Mix = Annotated[
    Mixing | None,
    typer.Option(
        help="Mix in the n-gram of the model folder, or leave it out [default: as fitted]."
    ),
]
Device = Annotated[DeviceName, typer.Option(help="The device that the network runs on.")]
Direction = Annotated[
    Reading | None,
    typer.Option(
        help="Use the forward model alone, or require both directions [default: both, if "
        "the model has both]."
    ),
]
Int8 = Annotated[
    bool,
    typer.Option("--int8", help="Use weights of 8 bits: faster, slightly less exact."),
]
Column = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Column of a table with the text: its name, its number, or JSON keys (messages.text).",
    ),
]
Personal = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Also use your typed text in FILE; see 'lmkit personal'."),
]


def open_model(
    folder: Path,
    *,
    alone: bool = False,
    adapt: str | None = None,
    mix: str | None = None,
    direction: str | None = None,
    personal: Path | None = None,
    int8: bool = False,
    device: str = "auto",
) -> "LanguageModel":
    """Load a model for asking.

    Args:
        folder: Where it lies, or the name of a bundled model.
        alone: Ask the network alone.
        adapt: How it learns while reading; as fitted where left out.
        mix: Whether its n-gram is mixed in; where it was fitted, when left out.
        direction: Which directions to read in; what the folder has when left out.
        personal: A file of typed text that counts too.
        int8: Multiply with 8 bits a weight.
        device: Device of the network.

    Returns:
        The model.

    Raises:
        ModelError: If it is missing, damaged or of a newer format.
    """
    from lmkit.archive.build import open_archive
    from lmkit.archive.options import ModelOptions, alone_or_named
    from lmkit.language_model import LanguageModel

    prepare_machine()
    say_if_shadowed(folder)
    precision = "int8" if int8 else "float32"
    options = ModelOptions(direction=direction, precision=precision, device=device)
    archive = open_archive(folder, options)
    adapters = alone_or_named(archive.fitted, alone=alone, adapt=adapt, mix=mix)
    return LanguageModel(archive, replace(options, adapters=adapters)).with_personal(personal)


def say_if_shadowed(folder: Path) -> None:
    """Say in one line on stderr that a folder is taken in place of a bundled model of its name."""
    from lmkit.archive.locate import is_shadowed

    if is_shadowed(folder):
        say(f"using the folder {folder}, not the bundled model of that name")


def prepare_machine() -> None:
    """Set the processor up, with as many threads as the environment gives (OMP_NUM_THREADS)."""
    from lmkit.core.devices import prepare_cpu

    prepare_cpu()


def load_network(folder: Path, number: int = 1) -> "tuple[RecurrentLM, Tokenizer]":
    """Load the recurrent network of a model alone, for looking inside.

    Args:
        folder: Where it lies.
        number: Of the network, where several are averaged.

    Returns:
        The network and its tokenizer.

    Raises:
        ModelError: If it is missing, damaged or of a newer format.
    """
    from lmkit.archive.folder import load_archive
    from lmkit.archive.locate import locate_model

    prepare_machine()
    say_if_shadowed(folder)
    archive = load_archive(locate_model(folder))
    return archive.network_at(number), archive.tokenizer


def source_lines(spec: str, column: str, *, quiet: bool = False) -> Iterator[str]:
    """Yield the lines of a source, and then say what there is to say of the reading.

    Args:
        spec: What the user named.
        column: Where the text of a table is.
        quiet: Say nothing.

    Yields:
        Lines without their ends.

    Raises:
        DataError: If it cannot be read.
    """
    from lmkit.data.sources import SourceConfig, open_source

    source = open_source(spec, SourceConfig(column=column))
    yield from source.lines()
    for notice in source.notices:
        if not quiet:
            say(notice)
