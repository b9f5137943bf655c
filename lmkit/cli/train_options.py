"""The options of `train`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from lmkit.cli.options import some_time

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="Text (.txt, also .gz .xz .bz2), tables (.csv .tsv .jsonl .json .parquet), "
        "folders, '-' for stdin, pydocs, grammar, or hf:NAME.",
    ),
]
Out = Annotated[Path, typer.Option(metavar="DIR", help="The model folder to write.")]
Valid = Annotated[
    str | None, typer.Option(metavar="SOURCE", help="Validation text [default: the tail].")
]
Preset = Annotated[
    str | None, typer.Option(help="tiny, small, medium ... [default: by text and time].")
]
Unit = Annotated[
    Literal["word", "bpe", "unigram", "char"] | None,
    typer.Option(help="What the model reads at a time [default: word]."),
]
Cell = Annotated[str | None, typer.Option(help="The recurrent cell [default: lstm].")]
Direction = Annotated[
    Literal["forward", "backward", "both"] | None,
    typer.Option(help="Which way to read [default: forward]."),
]
Minutes = Annotated[
    float | None, typer.Option(callback=some_time, help="Train this long, validation included.")
]
Epochs = Annotated[
    float | None, typer.Option(callback=some_time, help="Or this many times through the text.")
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="BASE",
        help="Start from a model folder or a bundled model; none: from nothing "
        "[default: a bundled model that suits the text].",
    ),
]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same model [default: 0].")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set one value; may be given several times."),
]
Config = Annotated[Path | None, typer.Option(metavar="FILE.toml", help="Settings from a file.")]
NGram = Annotated[
    bool | None,
    typer.Option("--ngram/--no-ngram", help="Count n-grams along [default: where they fit]."),
]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16"] | None,
    typer.Option(help="Number format of the products [default: by the processor]."),
]
Models = Annotated[
    str | None,
    typer.Option(
        metavar="N|auto",
        help="Networks to train side by side, one a core, and to average [default: 1].",
    ),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    typer.Option(help="Where to train; auto: a GPU if there is one."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where a stopped run left off.")]
Force = Annotated[bool, typer.Option("--force", help="Replace DIR if it exists.")]
