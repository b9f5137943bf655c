"""The options of `next`, `complete`, `fill` and `repl`, and how the values of some are read."""

from pathlib import Path
from typing import Annotated

import typer

from lmkit.cli.options import source_lines
from lmkit.core.errors import UsageError
from lmkit.text.normalise import encodable

Text = Annotated[
    str | None,
    typer.Argument(metavar="TEXT", help="The text; without it, or with '-', every line of stdin."),
]
Choices = Annotated[str | None, typer.Option(metavar="A,B,C", help="Consider only these words.")]
Exact = Annotated[
    bool,
    typer.Option("--exact", help="Score every word of the vocabulary; slower."),
]
WordCount = Annotated[
    str | None, typer.Option(metavar="1-3", help="Number of words in each blank.")
]
Avoid = Annotated[Path | None, typer.Option(metavar="FILE", help="Exclude the words in this file.")]
Explain = Annotated[
    bool, typer.Option("--why", help="Show the contribution of each side and each word, in bits.")
]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same texts.")]
LearnFrom = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Store what you type in FILE and use it, like /learn on."),
]
JsonLines = Annotated[bool, typer.Option("--json", help="Print each answer as a line of JSON.")]


def listed_words(choices: str) -> list[str]:
    """Return the words of `--choices`, which have commas between them.

    Raises:
        UsageError: If there is none.
    """
    words = [word.strip() for word in encodable(choices).split(",") if word.strip()]
    if not words:
        raise UsageError(
            f"--choices {choices!r} contains no word; give words with commas between them"
        )
    return words


def shortest_and_longest(words: str) -> tuple[int, int]:
    """Return the fewest and the most words of a blank that `--words` asks for.

    Raises:
        UsageError: If it is neither a number nor a range such as 1-3.
    """
    fewest, _, most = words.partition("-")
    try:
        return int(fewest), int(most or fewest)
    except ValueError:
        raise UsageError(f"cannot read --words {words!r}; write e.g. 2 or 1-3") from None


def words_of_file(file: Path, column: str, *, quiet: bool) -> frozenset[str]:
    """Return the words of the file of `--avoid`, and say what there is to say of the reading.

    Args:
        file: A text or a table.
        column: Where the words of a table are.
        quiet: Say nothing.
    """
    return frozenset(
        word for line in source_lines(str(file), column, quiet=quiet) for word in line.split()
    )
