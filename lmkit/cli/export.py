"""Writing a model for other programs: `export`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.lab_options import NetworkNumber
from lmkit.cli.options import Column, ModelFolder, source_lines
from lmkit.terminal import render
from lmkit.terminal.output import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lmkit.interop.html.export import PageRequest
    from lmkit.results import Result
    from lmkit.results.export import ExportedPage

Target = Literal["html", "onnx", "arpa", "tokenizer"]

To = Annotated[
    Target,
    typer.Option(
        "--to",
        help="Format: html (a page with the model), onnx (a folder of graphs), arpa (the n-gram, "
        "for KenLM and others) or tokenizer (files for datatrove).",
    ),
]
Out = Annotated[Path, typer.Option(metavar="PATH", help="The file or folder to write.")]
Check = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="Text on which to measure the cost of 8-bit weights [default: text that the "
        "model generates].",
    ),
]
Directions = Annotated[
    Literal["forward", "backward", "both"] | None,
    typer.Option(help="Directions to export [default: all that the model has]."),
]
NGrams = Annotated[
    int | None,
    typer.Option(
        min=0, help="Number of n-grams to keep; 0: none [default: as many as fit into 5.5 MB]."
    ),
]
MostMegabytes = Annotated[
    float, typer.Option(min=0.1, help="Refuse to write a larger file (MB of 1,000,000 bytes).")
]
Licence = Annotated[
    str | None, typer.Option(help="Licence of the model, named in the page [default: not stated].")
]
Force = Annotated[bool, typer.Option("--force", help="Replace OUT even if lmkit did not write it.")]


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
    """Export a model to HTML, ONNX or ARPA, or its tokenizer.

    The HTML file contains the page and the model. A browser opens it from the disk, without a
    network. Weights are rounded to 8 bits; the card in the page states the cost of rounding.
    Anyone who has the file can extract words of the training text.

    Examples:
      lmkit export my-model --to html --out page.html
      lmkit export my-model --to html --out page.html --check test.txt
      lmkit export my-model --to html --out page.html --direction forward
      lmkit export my-model --to onnx --out my-onnx
      lmkit export my-model --to arpa --out my-model.arpa
      lmkit export my-model --to tokenizer --out my-tokenizer
    """
    if to == "onnx":
        _export_onnx(folder, out, output, direction=direction, model=model, force=force)
        return
    if to != "html":
        write = _export_arpa if to == "arpa" else _export_tokenizer
        write(folder, out, output, force=force)
        return
    from lmkit.interop.html.export import NO_LICENCE, PageRequest
    from lmkit.interop.html.rounding_cost import OWN

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
    _export_page(folder, out, request, lines, output)


def _export_page(
    folder: Path,
    out: Path,
    request: "PageRequest",
    lines: "Iterator[str] | None",
    output: Output,
) -> None:
    """Write a page that holds the model."""
    from lmkit.interop.html.export import export_page

    answer = export_page(folder, out, request, lines=lines)
    _print(answer, output)
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
        say(
            "anyone who has this file can extract words of the training text; check that "
            "text before you publish the file"
        )


def _export_tokenizer(folder: Path, out: Path, output: Output, *, force: bool) -> None:
    """Write the tokenizer of a model, or of a prepared folder, to a folder of its own."""
    from lmkit.cli.prepare import open_vocabulary
    from lmkit.interop.tokenizer_folder import export_tokenizer

    answer = export_tokenizer(open_vocabulary(str(folder)), out, force=force)
    end = json.dumps(answer.end_of_document, ensure_ascii=False)  # a line end, to be seen
    _print(answer, output, {"end_of_document": end})


def _export_arpa(folder: Path, out: Path, output: Output, *, force: bool) -> None:
    """Write the n-gram of a model as an ARPA file."""
    from lmkit.interop.arpa.export import export_arpa

    answer = export_arpa(folder, out, force=force)
    _print(answer, output)


def _export_onnx(
    folder: Path, out: Path, output: Output, *, direction: str | None, model: int, force: bool
) -> None:
    """Write a model as a folder of ONNX graphs."""
    from lmkit.interop.onnx.export import OnnxRequest, export_onnx

    request = OnnxRequest(direction=direction, network=model, force=force)
    answer = export_onnx(folder, out, request)
    _print(answer, output)
    if not output.quiet and answer.networks > 1:
        say(
            f"{out} holds network {answer.network} of the {answer.networks} that {folder} "
            "averages; --model takes another"
        )
    if not output.quiet and answer.left_out:
        say(f"left out, since it trains the weights: {', '.join(answer.left_out)}")


def _print(answer: "Result", output: Output, shown: "Mapping[str, str] | None" = None) -> None:
    """Print the figures of an export; `shown` has those that a table spells in another way."""
    if output.json or not output.quiet:
        facts = {**answer.to_dict(), **(shown or {})}
        output.emit(answer, render.card(str(facts["out"]), facts))
