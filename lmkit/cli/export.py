"""Writing a model for other programs: `export`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.lab_options import NetworkNumber
from lmkit.cli.options import Column, ModelFolder, source_lines
from lmkit.core.errors import UsageError
from lmkit.terminal import render
from lmkit.terminal.output import say

if TYPE_CHECKING:
    from lmkit.results.export import ExportedPage

Target = Literal["onnx", "transformers", "html", "arpa", "tokenizer"]
AVAILABLE = ("html", "tokenizer")

To = Annotated[
    Target,
    typer.Option(
        "--to",
        help="What to write: html, a page with the model; tokenizer, files for datatrove.",
    ),
]
Out = Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")]
Check = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE", help="Text to measure on what 8 bits cost [default: the model's own]."
    ),
]
Directions = Annotated[
    Literal["forward", "backward", "both"] | None,
    typer.Option(help="Directions to export [default: those there are]."),
]
NGrams = Annotated[
    int | None,
    typer.Option(min=0, help="N-grams kept, 0 leaves them out [default: what fits 5.5 MB]."),
]
MostMegabytes = Annotated[
    float, typer.Option(min=0.1, help="Refuse to write a larger file (MB of 1,000,000 bytes).")
]
Licence = Annotated[
    str | None, typer.Option(help="Licence of the model, named in the page [default: not stated].")
]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is no page of lmkit.")]


@with_output(plots=False)
def export(
    folder: ModelFolder,
    to: To,
    out: Out,
    check: Check = None,
    direction: Directions = None,
    model: NetworkNumber = 1,
    ngrams: NGrams = None,
    most_megabytes: MostMegabytes = 40.0,
    licence: Licence = None,
    column: Column = "text",
    force: Force = False,
    *,
    output: Output,
) -> None:
    """Write a model as an offline HTML file, or its tokenizer.

    The page holds the model and everything it needs, opens from the disk, and asks nothing of any
    network. Weights are rounded to 8 bits; what that costs is measured and written in its card.
    Words of the training text can be read from the file.

    Examples:
      lmkit export my-model --to html --out page.html
      lmkit export my-model --to html --out page.html --check test.txt
      lmkit export my-model --to html --out page.html --direction forward
      lmkit export my-model --to tokenizer --out my-tokenizer
    """
    from lmkit.interop.html.export import NO_LICENCE, PageRequest, export_page
    from lmkit.interop.html.rounding_cost import OWN

    if to not in AVAILABLE:
        raise UsageError(f"export to {to} is not available yet; there is {', '.join(AVAILABLE)}")
    if to == "tokenizer":
        _export_tokenizer(folder, out, output, force=force)
        return
    request = PageRequest(
        direction=direction,
        network=model,
        ngrams=ngrams,
        most_megabytes=most_megabytes,
        licence=licence or NO_LICENCE,
        check=check or OWN,
        force=force,
    )
    lines = None if check is None else source_lines(check, column, quiet=output.quiet)
    answer = export_page(folder, out, request, lines=lines)
    if output.json or not output.quiet:
        output.emit(answer, render.card(answer.out, answer.to_dict()))
    if not output.quiet:
        _warn(answer, folder, output)


def _warn(answer: "ExportedPage", folder: Path, output: Output) -> None:
    """Say which network the page holds, and that it can be read."""
    if answer.networks > 1:
        say(
            f"the page holds network {answer.network} of the {answer.networks} that {folder} "
            "averages; --model takes another"
        )
    if not output.json:
        say("words of the training text can be read from this file; think before you publish it")


def _export_tokenizer(folder: Path, out: Path, output: Output, *, force: bool) -> None:
    """Write the tokenizer of a model, or of a prepared folder, to a folder of its own."""
    from lmkit.cli.prepare import open_vocabulary
    from lmkit.interop.tokenizer_folder import export_tokenizer

    answer = export_tokenizer(open_vocabulary(str(folder)), out, force=force)
    if output.json or not output.quiet:
        end = json.dumps(answer.end_of_document, ensure_ascii=False)  # a line end, to be seen
        facts = {**answer.to_dict(), "end_of_document": end}
        output.emit(answer, render.card(answer.out, facts))
