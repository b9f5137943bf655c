"""Evaluation of a model: `evaluate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.model_options import ChosenModel, with_model
from lmkit.cli.options import Column, source_lines
from lmkit.core.errors import UsageError
from lmkit.results import Result
from lmkit.terminal import render
from lmkit.terminal.output import say

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel


Metric = Literal["probability", "slor", "contrast"]

GRAMMAR = "grammar"  # the bundled text whose entropy is known

MoreFiles = Annotated[
    list[Path] | None, typer.Argument(metavar="FILE", help="More files for --pairs.")
]
Text = Annotated[str | None, typer.Option(metavar="FILE", help="Perplexity per word of a text.")]
Cloze = Annotated[
    Path | None, typer.Option(metavar="FILE.csv", help="Accuracy on blanks with five choices.")
]
Pairs = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE.jsonl...", help="Accuracy on minimal pairs of sentences."),
]
Typing = Annotated[
    str | None, typer.Option(metavar="FILE", help="Keystrokes saved while typing a text.")
]
ChosenMetric = Annotated[
    Metric | None,
    typer.Option(
        help="Score of --cloze and --pairs: probability of the sentence; slor, corrected "
        "for word frequency; contrast (--cloze only), also corrected for the n-gram "
        "[default: contrast if fitted, else probability].",
    ),
]
FormerMetric = Annotated[Metric | None, typer.Option(hidden=True, help="Former name of --metric.")]


@with_output(plots=False)
@with_model(direction=True)
def evaluate(
    chosen: ChosenModel,
    output: Output,
    more: MoreFiles = None,
    text: Text = None,
    cloze: Cloze = None,
    pairs: Pairs = None,
    typing: Typing = None,
    metric: ChosenMetric = None,
    measure: FormerMetric = None,
    column: Column = "text",
) -> None:
    """Evaluate a model on text, cloze, minimal pairs or typing.

    Examples:
      lmkit evaluate my-model --text test.txt
      lmkit evaluate my-model --text test.txt --adapt cache --mix ngram
      lmkit evaluate my-model --cloze questions.csv
      lmkit evaluate my-model --cloze questions.csv --metric slor
      lmkit evaluate my-model --pairs agreement.jsonl islands.jsonl --json
    """
    _require_one(text, cloze, pairs, typing)
    if more and not pairs:
        raise UsageError(f"{more[0]} is one file too many; only --pairs takes several files")
    metric = metric or measure
    if metric is not None and (text or typing):
        raise UsageError("--metric ranks sentences; give --cloze or --pairs with it")
    model = chosen.open()
    answer = _evaluated(
        model,
        text=text,
        cloze=cloze,
        pairs=[*(pairs or ()), *(more or ())],
        typing=typing,
        metric=metric,
        column=column,
    )
    output.emit(answer, render.card(str(chosen.folder), answer.to_dict()))


def _require_one(*given: object) -> None:
    """Refuse to evaluate nothing, and several things at once."""
    if sum(map(bool, given)) != 1:
        raise UsageError("give exactly one of --text, --cloze, --pairs and --typing to evaluate")


def _evaluated(
    model: "LanguageModel",
    *,
    text: str | None,
    cloze: Path | None,
    pairs: list[Path],
    typing: str | None,
    metric: str | None,
    column: str,
) -> Result:
    if cloze is not None:
        return model.evaluate_cloze(cloze, metric=metric)
    if pairs:
        from lmkit.evaluation.sentence_scorer import USUAL

        return model.evaluate_pairs(pairs, metric=metric or USUAL)
    if typing is not None:
        return model.evaluate_typing(source_lines(typing, column))
    measured = model.evaluate_text(source_lines(text or "", column))
    if text == GRAMMAR:
        _report_best_possible(measured.perplexity)
    return measured


def _report_best_possible(perplexity: float) -> None:
    """Report the best possible perplexity on the one text whose true probabilities are known."""
    from lmkit.data.sources.grammar import GrammarSource

    source = GrammarSource()
    best = source.best_perplexity(source.lines())
    say(
        f"the best possible perplexity on this text is {best:.2f}; "
        f"the model has {perplexity:.2f}, {perplexity / best - 1:.1%} more"
    )
