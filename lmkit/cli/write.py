"""Continuing a prompt and scoring a text: `generate` and `score`."""

import itertools
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.options import (
    STDIN,
    Adapt,
    Alone,
    Device,
    Int8,
    Json,
    Mix,
    ModelFolder,
    Quiet,
    Seed,
    open_model,
    stdin_lines,
)
from lmkit.results import Score
from lmkit.terminal import render
from lmkit.terminal.output import (
    is_live,
    on_one_line,
    say,
    show,
    write,
    write_json,
)
from lmkit.text.normalise import encodable

if TYPE_CHECKING:
    from lmkit.inference.generate import GenerateConfig
    from lmkit.language_model import LanguageModel

TSV_HEADER = "line\tposition\tword\tsurprisal\trank\tentropy\tunknown"


def generate(
    folder: ModelFolder,
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="What to continue; '-' reads it from stdin.")
    ] = "",
    words: Annotated[int, typer.Option(min=1, help="How many words to write.")] = 50,
    samples: Annotated[int, typer.Option(min=1, help="How many continuations.")] = 1,
    beam: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Draw nothing: the most probable ends of the line, N ways searched.",
        ),
    ] = 0,
    temperature: Annotated[
        float, typer.Option(min=0.0, help="Below 1 safer, above 1 wilder; 0 takes the best word.")
    ] = 1.0,
    top_k: Annotated[int, typer.Option(min=0, help="Only the k best tokens; 0: all.")] = 0,
    top_p: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Only the best that make up this share.")
    ] = 1.0,
    min_p: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Only those this share as probable as the best.")
    ] = 0.0,
    avoid: Annotated[
        list[str] | None, typer.Option(metavar="WORD", help="Never write this word; repeatable.")
    ] = None,
    typical: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Only tokens of about the expected surprise.")
    ] = 1.0,
    repetition: Annotated[
        float, typer.Option(min=1.0, help="Above 1: words already written become less likely.")
    ] = 1.0,
    no_repeat: Annotated[
        int, typer.Option(min=0, help="Never write a run of so many tokens twice; 0: may repeat.")
    ] = 0,
    end: Annotated[
        Literal["words", "line", "paragraph"],
        typer.Option(help="End at a line end or an empty line, if one comes before --words."),
    ] = "words",
    stop: Annotated[
        list[str] | None, typer.Option(help="End after this text; may be given several times.")
    ] = None,
    seed: Seed = 0,
    alone: Alone = False,
    adapt: Adapt = None,
    mix: Mix = None,
    int8: Int8 = False,
    device: Device = "auto",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Continue a prompt; the words are printed as they come.

    Unknown words of the prompt are named on stderr, and replaced where another spelling is known.

    Examples:
      lmkit generate my-model "once upon a time" --words 100 --seed 1
      lmkit generate my-model --samples 3 --temperature 0.7 --top-p 0.9
      lmkit generate my-model "once upon a" --beam 8 --samples 3
    """
    from lmkit.inference.generate import GenerateConfig
    from lmkit.inference.sampling import SamplingConfig

    model = open_model(folder, alone=alone, adapt=adapt, mix=mix, int8=int8, device=device)
    text = "\n".join(stdin_lines()) if prompt == STDIN else encodable(prompt)
    text = _in_known_spelling(model, text, quiet=quiet)
    sampling = SamplingConfig(
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        typical=typical,
        repetition=repetition,
        no_repeat=no_repeat,
    )
    config = GenerateConfig(
        words=words,
        samples=samples,
        seed=seed,
        sampling=sampling,
        end=end,
        stop=tuple(encodable(text) for text in stop or ()),
        banned=tuple(encodable(word) for word in avoid or ()),
        beam=beam,
    )
    if json:
        for answer in model.generate_samples(text, config):
            write_json(answer.to_dict())
    elif samples == 1 and not beam:
        _write_as_it_comes(model, text, config)
    else:
        texts = [answer.text for answer in model.generate_samples(text, config)]
        write("\n\n".join(texts))


def score(
    folder: ModelFolder,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Text, one line an answer; '-' is stdin.")
    ] = STDIN,
    output: Annotated[
        Literal["tsv", "json"] | None,
        typer.Option("--format", help="How to print [default: bars in a terminal, else tsv]."),
    ] = None,
    context: Annotated[
        Literal["line", "document"],
        typer.Option(help="Start anew at each line, or carry on from the line before."),
    ] = "line",
    alone: Alone = False,
    adapt: Adapt = None,
    mix: Mix = None,
    int8: Int8 = False,
    device: Device = "auto",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show how surprising each word of a text is, in bits.

    Examples:
      lmkit score my-model text.txt --format tsv > surprisal.tsv
      echo "the horse raced past the barn fell" | lmkit score my-model
    """
    lines = stdin_lines() if file == STDIN else _file_lines(file)
    model = open_model(folder, alone=alone, adapt=adapt, mix=mix, int8=int8, device=device)
    scores = model.score_lines(lines, context=context)
    form = "json" if json else output
    if form == "json":
        for answer in scores:
            write_json(answer.to_dict())
    elif form is None and is_live(sys.stdout, quiet=quiet):
        for answer in scores:
            show(render.surprisal(answer))
    else:
        _write_table(scores)


def _in_known_spelling(model: "LanguageModel", text: str, *, quiet: bool) -> str:
    """Return a text in spellings that the model knows; say which words it lacks."""
    from lmkit.inference.unknown_words import (
        describe_unknown_words,
        unknown_words,
        with_known_variants,
    )
    from lmkit.inference.vocabulary import Vocabulary

    if model.tokenizer.unknown_id is None:
        return text
    vocabulary = Vocabulary(model.tokenizer)
    found = unknown_words(vocabulary, text)
    if found and not quiet:
        say(describe_unknown_words(found))
    return with_known_variants(vocabulary, text) if found else text


def _write_as_it_comes(model: "LanguageModel", prompt: str, config: "GenerateConfig") -> None:
    write(prompt, end="")
    for token in model.generate(prompt, config):
        write(token, end="")
    write("")


def _file_lines(file: str) -> Iterable[str]:
    """Open a file of any source kind; an unreadable one is refused before a model is loaded."""
    from lmkit.data.sources import open_source

    lines = open_source(file).lines()
    first = list(itertools.islice(lines, 1))
    return itertools.chain(first, lines)


def _write_table(scores: Iterable[Score]) -> None:
    write(TSV_HEADER)
    for line, answer in enumerate(scores, start=1):
        for position, word in enumerate(answer.words, start=1):
            write(
                f"{line}\t{position}\t{on_one_line(word.word)}\t{word.surprisal:.4f}\t"
                f"{word.rank}\t{word.entropy:.4f}\t{int(word.unknown)}"
            )
