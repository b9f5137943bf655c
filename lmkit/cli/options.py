"""Options that several commands share, and loading of models."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.core.errors import UsageError
from lmkit.text.normalise import encodable

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel
    from lmkit.models.recurrent.recurrent_lm import RecurrentLM
    from lmkit.text.tokenizer import Tokenizer

STDIN = "-"
LONGEST = 1_000_000.0  # minutes or epochs; far more than anyone waits for

Adaptation = Literal["none", "cache", "dynamic", "both"]
Companion = Literal["ngram"]
Reading = Literal["forward", "both"]


def some_time(amount: float | None) -> float | None:
    """Return minutes or epochs, checked to be a usable budget.

    Raises:
        BadParameter: If they are 0, less, no number, or without end.
    """
    if amount is None or 0 < amount <= LONGEST:
        return amount
    raise typer.BadParameter(f"{amount:g} was given; give a number above 0, up to {LONGEST:,.0f}")


ModelFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a trained model.")]
Top = Annotated[int, typer.Option("-k", "--top", min=1, help="How many answers.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object an answer.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no hints, no colour.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same result.")]
Adapt = Annotated[
    Adaptation,
    typer.Option(help="Learn while reading: recent words (cache), small training steps, or both."),
]
Mix = Annotated[
    Companion | None, typer.Option(help="Mix the predictions with the n-gram of the model folder.")
]
Direction = Annotated[
    Reading | None,
    typer.Option(help="Leave the backward companion out, or demand it [default: if there is one]."),
]
Int8 = Annotated[
    bool,
    typer.Option("--int8", help="Multiply with 8 bits a weight: quicker, a little less exact."),
]
Personal = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Count your own typed text in FILE too; see 'lmkit personal'."
    ),
]


def open_model(
    folder: Path,
    *,
    adapt: str = "none",
    mix: str | None = None,
    direction: str | None = None,
    personal: Path | None = None,
    int8: bool = False,
) -> "LanguageModel":
    """Load a model for asking.

    Args:
        folder: Where it lies.
        adapt: How it learns while reading.
        mix: The companion to mix in, if any.
        direction: Which directions to read in; what the folder has when left out.
        personal: A file of typed text that counts too.
        int8: Multiply with 8 bits a weight.

    Returns:
        The model.

    Raises:
        ModelError: If it is missing, damaged or of a newer format.
    """
    from lmkit.language_model import LanguageModel

    prepare_machine()
    return LanguageModel.load(
        folder,
        adapt=adapt,
        mix=mix,
        direction=direction,
        personal=personal,
        weights="int8" if int8 else "float",
    )


def prepare_machine() -> None:
    """Set the processor up, with as many threads as the environment gives (OMP_NUM_THREADS)."""
    from lmkit.core.devices import prepare_cpu

    prepare_cpu()


def load_network(folder: Path) -> "tuple[RecurrentLM, Tokenizer]":
    """Load the network of a model without adapters.

    Args:
        folder: Where it lies.

    Returns:
        The network and its tokenizer.

    Raises:
        ModelError: If it is missing, damaged or of a newer format.
    """
    from lmkit.archive.folder import load_archive

    prepare_machine()
    archive = load_archive(folder)
    return archive.model, archive.tokenizer


def asked_texts(text: str | None) -> Iterator[str]:
    """Yield the text of the command line, or each line of standard input.

    Args:
        text: What was given; None or '-' stands for standard input.

    Yields:
        One text a question.

    Raises:
        UsageError: If nothing was given and standard input is a keyboard.
    """
    if text is not None and text != STDIN:
        yield encodable(text)
        return
    if sys.stdin.isatty() and text is None:
        raise UsageError("no TEXT was given; give it in quotes, or '-' to read lines from stdin")
    yield from stdin_lines()


def is_single(text: str | None) -> bool:
    """Return whether one text was given on the command line, not lines of standard input."""
    return text is not None and text != STDIN


def stdin_lines() -> Iterator[str]:
    """Yield the lines of standard input as they come, without their ends."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")
