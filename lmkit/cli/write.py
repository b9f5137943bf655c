"""Continuing a prompt: `generate`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.model_options import ChosenModel, with_model
from lmkit.cli.options import STDIN, Seed
from lmkit.terminal.output import (
    say,
    write,
    write_json,
)
from lmkit.terminal.piped_lines import piped_lines
from lmkit.text.normalise import encodable

if TYPE_CHECKING:
    from lmkit.inference.generate import GenerateConfig
    from lmkit.language_model import LanguageModel

Prompt = Annotated[
    str, typer.Argument(metavar="PROMPT", help="Text to continue; '-' reads it from stdin.")
]
Words = Annotated[int, typer.Option(min=1, help="Number of words to generate.")]
Samples = Annotated[int, typer.Option(min=1, help="Number of continuations.")]
Beam = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Search the most probable ends of the line with a beam of N, instead of "
        "sampling; 0: sample.",
    ),
]
Temperature = Annotated[
    float,
    typer.Option(
        min=0.0,
        help="Below 1: more predictable; above 1: more varied; 0: always the most probable token.",
    ),
]
TopK = Annotated[int, typer.Option(min=0, help="Sample from the k most probable tokens; 0: all.")]
TopP = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=1.0,
        help="Sample from the most probable tokens whose probabilities add up to this.",
    ),
]
MinP = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=1.0,
        help="Sample from tokens at least this fraction as probable as the best one.",
    ),
]
Avoid = Annotated[
    list[str] | None,
    typer.Option(metavar="WORD", help="Never write this word; may be given several times."),
]
Typical = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=1.0,
        help="Sample from tokens of typical surprisal whose probabilities add up to this.",
    ),
]
Repetition = Annotated[
    float,
    typer.Option(min=1.0, help="Above 1: tokens that were already written become less likely."),
]
NoRepeat = Annotated[
    int, typer.Option(min=0, help="Never repeat a sequence of this many tokens; 0: no limit.")
]
End = Annotated[
    Literal["words", "line", "paragraph"],
    typer.Option(help="Stop after --words, or earlier at the end of a line or paragraph."),
]
Stop = Annotated[
    list[str] | None, typer.Option(help="Stop after this text; may be given several times.")
]


@with_output(plots=False)
@with_model()
def generate(
    chosen: ChosenModel,
    output: Output,
    prompt: Prompt = "",
    words: Words = 50,
    samples: Samples = 1,
    beam: Beam = 0,
    temperature: Temperature = 1.0,
    top_k: TopK = 0,
    top_p: TopP = 1.0,
    min_p: MinP = 0.0,
    avoid: Avoid = None,
    typical: Typical = 1.0,
    repetition: Repetition = 1.0,
    no_repeat: NoRepeat = 0,
    end: End = "words",
    stop: Stop = None,
    seed: Seed = 0,
) -> None:
    """Continue a prompt; print words as they are generated.

    A message on stderr names unknown words of the prompt. If the model knows another spelling of
    such a word, it uses that spelling.

    Examples:
      lmkit generate my-model "once upon a time" --words 100 --seed 1
      lmkit generate my-model --samples 3 --temperature 0.7 --top-p 0.9
      lmkit generate my-model "once upon a" --beam 8 --samples 3
    """
    from lmkit.inference.generate import GenerateConfig
    from lmkit.inference.sampling import SamplingConfig

    model = chosen.open()
    text = "\n".join(piped_lines(quiet=output.quiet)) if prompt == STDIN else encodable(prompt)
    text = _in_known_spelling(model, text, quiet=output.quiet)
    sampling = SamplingConfig(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    sampling = replace(sampling, typical=typical, repetition=repetition, no_repeat=no_repeat)
    config = GenerateConfig(words=words, samples=samples, seed=seed, end=end, beam=beam)
    config = replace(config, sampling=sampling, stop=_texts(stop), banned=_texts(avoid))
    _write_samples(model, text, config, json=output.json)


def _texts(given: list[str] | None) -> tuple[str, ...]:
    """Return the texts of an option that may be repeated, as a model can read them."""
    return tuple(encodable(text) for text in given or ())


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


def _write_samples(
    model: "LanguageModel", text: str, config: "GenerateConfig", *, json: bool
) -> None:
    """Write all samples, a single one as it comes."""
    if json:
        for answer in model.generate_samples(text, config):
            write_json(answer.to_dict())
    elif config.samples == 1 and not config.beam:
        _write_as_it_comes(model, text, config)
    else:
        texts = [answer.text for answer in model.generate_samples(text, config)]
        write("\n\n".join(texts))


def _write_as_it_comes(model: "LanguageModel", prompt: str, config: "GenerateConfig") -> None:
    write(prompt, end="")
    for token in model.generate(prompt, config):
        write(token, end="")
    write("")
