"""Surprisal of the words of a text: `score`."""

import itertools
import sys
from collections.abc import Iterable
from typing import Annotated, Literal

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.model_options import ChosenModel, with_model
from lmkit.cli.options import STDIN, Column, source_lines
from lmkit.core.errors import DataError
from lmkit.core.file_names import printable
from lmkit.terminal import render
from lmkit.terminal.output import is_live, show, write_json
from lmkit.terminal.piped_lines import piped_lines
from lmkit.terminal.score_table import TableFormat, write_scores

File = Annotated[
    str, typer.Argument(metavar="FILE", help="Text to score line by line; '-' is stdin.")
]
Format = Annotated[
    Literal["tsv", "json", "csv", "parquet"] | None,
    typer.Option("--format", help="Output format [default: bars in a terminal, else tsv]."),
]
Words = Annotated[
    Literal["given", "model"] | None,
    typer.Option(
        help="One row for each word between white space as written (given), or for each "
        "word of the tokenizer (model) [default: given in tables]."
    ),
]
Correction = Annotated[
    Literal["space", "none", "both"],
    typer.Option(
        help="Add the probability that a word ends to that word (space) or to the next one "
        "(none), or show both figures; for --words given."
    ),
]
Context = Annotated[
    Literal["line", "document"],
    typer.Option(help="Reset the state at each line, or keep it over the whole text."),
]


@with_output(plots=False)
@with_model()
def score(
    chosen: ChosenModel,
    output: Output,
    file: File = STDIN,
    table: Format = None,
    words: Words = None,
    correction: Correction = "space",
    column: Column = "text",
    context: Context = "line",
) -> None:
    """Show the surprisal of each word of a text, in bits.

    Examples:
      lmkit score my-model text.txt --format tsv > surprisal.tsv
      lmkit score my-model text.txt --format csv --correction both > surprisal.csv
      lmkit score my-model chat.json --column messages.text --format tsv
      echo "the horse raced past the barn fell" | lmkit score my-model
    """
    lines = (
        piped_lines(quiet=output.quiet)
        if file == STDIN
        else _file_lines(file, column, quiet=output.quiet)
    )
    from lmkit.core.devices import keep_freed_memory

    model = chosen.open()
    keep_freed_memory()  # each part of a long line asks for the same buffers
    form = "json" if output.json else table
    is_drawn = form is None and is_live(sys.stdout, quiet=output.quiet)
    if (form == "json" or is_drawn) and words is None:
        for answer in model.score_lines(lines, context=context):
            if form == "json":
                write_json(answer.to_dict())
            else:
                show(render.surprisal(answer))
        return
    scores = model.score_words(lines, words=words or "given", context=context)
    if form == "json":
        for scored in scores:
            write_json(scored.to_dict())
    else:
        write_scores(scores, TableFormat(form=form or "tsv", correction=correction))


def _file_lines(file: str, column: str, *, quiet: bool) -> Iterable[str]:
    """Open a file of any source kind, so that an unreadable one is refused before loading."""
    lines = source_lines(file, column, quiet=quiet)
    first = list(itertools.islice(lines, 1))
    if not first:
        raise DataError(f"{printable(file)} holds no text; give a text that has some words")
    return itertools.chain(first, lines)
