"""Next words, completions and fillings: `next`, `complete`, `fill`."""

import functools
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import typer
from rich.console import RenderableType

from lmkit.cli.ask_options import (
    Avoid,
    Choices,
    Exact,
    Explain,
    Text,
    WordCount,
    listed_words,
    shortest_and_longest,
    words_of_file,
)
from lmkit.cli.emit import Output, with_output
from lmkit.cli.model_options import ChosenModel, with_model
from lmkit.cli.options import (
    STDIN,
    Column,
    Top,
)
from lmkit.core.errors import UsageError
from lmkit.results import Filling, NextWords, Result
from lmkit.terminal import render
from lmkit.terminal.explanation import Explained, explained, explained_on_a_line
from lmkit.terminal.output import on_one_line, say, show, write, write_json
from lmkit.terminal.piped_lines import piped_lines
from lmkit.text.normalise import encodable

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel

R = TypeVar("R", bound=Result)


@with_output(plots=False)
@with_model(personal=True)
def next_words(
    chosen: ChosenModel,
    output: Output,
    text: Text = None,
    top: Top = 5,
) -> None:
    """Show the words that may come next.

    Examples:
      lmkit next my-model "the cat sat on the"
      lmkit next my-model -k 3 --json < lines.txt
    """
    model = chosen.open()
    answered = _Show(output, single=_is_single(text))
    for line in _asked_texts(text):
        _name_unknown_words(model, line)
        answer = model.next(line, k=top)
        answered(answer, render.next_words, _words_on_a_line)


@with_output(plots=False)
@with_model(personal=True)
def complete(
    chosen: ChosenModel,
    output: Output,
    text: Text = None,
    top: Top = 5,
) -> None:
    """Show the words that finish the last, half-typed word.

    Examples:
      lmkit complete my-model "the cat sa"
      echo "she said some" | lmkit complete my-model -
    """
    from lmkit.inference.complete import split_begun

    model = chosen.open()
    answered = _Show(output, single=_is_single(text))
    for line in _asked_texts(text):
        _name_unknown_words(model, split_begun(line).before)
        answer = model.complete(line, k=top)
        answered(answer, render.next_words, _words_on_a_line)


@with_output(plots=False)
@with_model(direction=True, personal=True)
def fill(
    chosen: ChosenModel,
    output: Output,
    text: Text = None,
    top: Top = 5,
    choices: Choices = None,
    exact: Exact = False,
    words: WordCount = None,
    avoid: Avoid = None,
    column: Column = "text",
    why: Explain = False,
) -> None:
    """Fill the blanks (___) of a text with words.

    Examples:
      lmkit fill my-model "she ___ to the ___" -k 3
      lmkit fill my-model "a cup of ___" --choices tea,coffee,sand
      lmkit fill my-model "we ____+ the house" --words 1-2 --why
      lmkit fill my-model - < lines.txt
    """
    listed = None if choices is None else listed_words(choices)
    length = None if words is None else shortest_and_longest(words)
    avoided = () if avoid is None else words_of_file(avoid, column, quiet=output.quiet)
    model = chosen.open()
    answered = _Show(output, single=_is_single(text))
    ask = functools.partial(
        model.fill, k=top, choices=listed, exact=exact, avoid=avoided, words=length
    )
    for answer in _fillings(model, text, ask):
        if why:
            answered(Explained(answer, model.why(answer)), explained, explained_on_a_line)
        else:
            answered(answer, render.filling, _best_text)


def _fillings(
    model: "LanguageModel", text: str | None, ask: Callable[[str], Filling]
) -> Iterator[Filling]:
    """Yield the answer to each text, its unknown words named; a line that has none is passed over.

    Raises:
        UsageError: If the one text of the command line cannot be filled.
        Exit: After the last answer, if a line of standard input could not be filled.
    """
    refused = 0
    for number, line in enumerate(_asked_texts(text), start=1):
        try:
            answer = ask(line)
        except UsageError as error:
            if _is_single(text):
                raise
            say(f"lmkit: line {number}: {error}")
            refused += 1
            continue
        _name_unknown_words(model, line)
        yield answer
    if refused:
        raise typer.Exit(UsageError.exit_code)


def _asked_texts(text: str | None) -> Iterator[str]:
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
    yield from piped_lines()


def _is_single(text: str | None) -> bool:
    """Return whether one text was given on the command line, not lines of standard input."""
    return text is not None and text != STDIN


def _name_unknown_words(model: "LanguageModel", text: str) -> None:
    """Name the unknown words of a text on stderr, in one line."""
    from lmkit.inference.unknown_words import describe_unknown_words

    if words := model.unknown_words(text):
        say(describe_unknown_words(words))


class _Show:
    """A printer of answers in the form that was asked for: JSON, a table, or a line an answer."""

    def __init__(self, output: Output, *, single: bool) -> None:
        self._output = output
        self._single = single

    def __call__(
        self, answer: R, draw: Callable[[R], RenderableType], on_a_line: Callable[[R], str]
    ) -> None:
        if self._output.json:
            write_json(answer.to_dict())
        elif self._single:
            show(draw(answer), quiet=self._output.quiet)
        else:
            write(on_a_line(answer))


def _words_on_a_line(answer: NextWords) -> str:
    return "\t".join(on_one_line(guess.word) for guess in answer.words)


def _best_text(answer: Filling) -> str:
    return on_one_line(answer.fillings[0].text) if answer.fillings else on_one_line(answer.text)
