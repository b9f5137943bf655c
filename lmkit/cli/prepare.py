"""Text to ids before training: `prepare`."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.options import Column
from lmkit.cli.train_options import Sources
from lmkit.core.errors import ModelError, UsageError
from lmkit.results.prepare import PreparedParts
from lmkit.terminal.output import say
from lmkit.terminal.render import card

if TYPE_CHECKING:
    from lmkit.data.parts.prepare import Preparation
    from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

INTERRUPTED = 130

Out = Annotated[Path, typer.Option(metavar="DIR", help="The folder to write.")]
Workers = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Number of processes [default: one per core].")
]
Shard = Annotated[
    str | None,
    typer.Option(metavar="I/N", help="Prepare share I of N, e.g. 2/4 [default: all]."),
]
Valid = Annotated[
    str | None, typer.Option(metavar="SOURCE", help="Validation text [default: the end of SOURCE].")
]
Vocab = Annotated[
    str | None,
    typer.Option(
        metavar="FROM",
        help="Use the vocabulary of a model, of a prepared folder or of a tokenizer.json "
        "[default: built from the text].",
    ),
]
Unit = Annotated[
    Literal["word", "bpe", "unigram", "char"] | None,
    typer.Option(help="Unit of the tokens [default: word]."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="vocab_size, min_frequency, split, lowercase or straight_quotes; may be given "
        "several times.",
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of generated sources such as grammar.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the prepared text in DIR.")]


@with_output(plots=False)
def prepare(
    sources: Sources,
    out: Out,
    workers: Workers = None,
    shard: Shard = None,
    valid: Valid = None,
    vocab: Vocab = None,
    unit: Unit = None,
    settings: Settings = None,
    column: Column = "text",
    seed: Seed = 0,
    force: Force = False,
    *,
    output: Output,
) -> None:
    """Convert text to token ids before training, in bounded memory.

    Examples:
      lmkit prepare my.txt --out my-ids
      lmkit train my-ids --out my-model --minutes 10
      lmkit prepare my.txt --out my-shards --workers 2 --shard 1/1
    """
    workers = _started(workers)
    from lmkit.data.parts.parts_plan import PreparationRequest
    from lmkit.data.parts.prepare import prepare_parts
    from lmkit.data.sources import SourceConfig
    from lmkit.terminal.parts import follow

    if vocab is not None and (unit is not None or settings):
        raise UsageError("--vocab brings its unit and settings along; leave --unit and --set out")
    request = PreparationRequest(
        sources=tuple(sources),
        out=out,
        valid=valid,
        config=tokenizer_config(unit, settings or ()),
        tokenizer=open_vocabulary(vocab) if vocab else None,
        reading=SourceConfig(column=column, seed=seed),
        workers=workers,
        shard=parse_shard(shard) if shard else None,
        force=force,
    )
    try:
        found = follow(prepare_parts(request), sys.stderr, quiet=output.quiet)
    except KeyboardInterrupt:
        say("interrupted; the finished parts are kept: continue with the same command")
        raise typer.Exit(INTERRUPTED) from None
    _tell(found, request.out, output, is_shard=shard is not None)


def _started(workers: int | None) -> int:
    """Return how many processes to use; what they are forked from loads beside this process."""
    from lmkit.core.free_cores import usable_cores
    from lmkit.data.parts.pool import start_server

    workers = workers or usable_cores()
    if workers > 1:
        start_server()
    return workers


def parse_shard(text: str) -> tuple[int, int]:
    """Return the number of a share, counted from 1, and the number of shares.

    Args:
        text: "2/4" is the second of four.

    Raises:
        UsageError: If it says anything else.
    """
    number, _, of = text.partition("/")
    if number.isascii() and number.isdecimal() and of.isascii() and of.isdecimal():
        found = int(number), int(of)
        if 1 <= found[0] <= found[1]:
            return found
    raise UsageError(f"--shard is a share from 1/N to N/N, for example 2/4; got {text!r}")


def tokenizer_config(unit: str | None, settings: Iterable[str]) -> "TokenizerConfig":
    """Return the settings of a tokenizer that were given.

    Args:
        unit: word, bpe, unigram or char; None for the usual one.
        settings: "KEY=VALUE" each.

    Raises:
        UsageError: If one is unknown, or its value of another kind.
    """
    from lmkit.text.settings import read_settings

    return read_settings(([] if unit is None else [f"unit={unit}"]) + list(settings))


def open_vocabulary(place: str) -> "Tokenizer":
    """Return the tokenizer of a model, of a prepared folder, or in a file of its own.

    Args:
        place: The folder or file, or a bundled name.

    Raises:
        ModelError: If there is none, or it is damaged.
    """
    from lmkit.archive.layout import OWN_TOKENIZER, TOKENIZER
    from lmkit.archive.locate import locate_model
    from lmkit.text.tokenizer import Tokenizer

    path = locate_model(place)
    if path.is_dir():  # tokenizer.json is for other programs where ours lies beside it
        own = path / OWN_TOKENIZER
        path = own if own.is_file() else path / TOKENIZER
    if not path.is_file():
        raise ModelError(
            f"there is no vocabulary in {place}; give a model, a prepared folder or tokenizer.json"
        )
    return Tokenizer.load(path)


def _tell(found: "Preparation", out: Path, output: Output, *, is_shard: bool) -> None:
    """Print the figures, and say what to do next."""
    finished = found.finished
    answer = PreparedParts(
        out=str(out),
        complete=finished is not None,
        parts=found.parts,
        counted=found.counted,
        encoded=found.encoded,
        words=finished.train.words if finished else None,
        tokens=finished.train.ids if finished else None,
        valid_words=finished.valid.words if finished else None,
        vocabulary=finished.vocabulary if finished else None,
        unknown_fraction=finished.train.unknown / finished.train.ids if finished else None,
        megabytes=found.worked / 1e6,
        seconds=found.seconds,
        megabytes_per_second=found.worked / 1e6 / max(found.seconds, 1e-9),
    )
    for notice in finished.notices if finished else ():
        say(notice)
    if output.json or not output.quiet:
        facts = {name: fact for name, fact in answer.to_dict().items() if fact is not None}
        output.emit(answer, card(answer.out, facts))
    if output.quiet or output.json:
        return
    if finished:
        say(f"try: lmkit train {out} --out my-model")
    elif is_shard:
        say(_next_step(found))


def _next_step(found: "Preparation") -> str:
    if found.counted < found.parts:
        return (
            f"{found.counted:,} of {found.parts:,} parts are counted; when the other shards are "
            "counted too, run each command once more to encode"
        )
    if found.encoded < found.parts:
        return (
            f"{found.encoded:,} of {found.parts:,} parts are encoded; when the others are, finish "
            "with the same command without --shard"
        )
    return "all parts are encoded; finish with the same command without --shard"
