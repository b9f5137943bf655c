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
        "folders, '-' for stdin, a bundled text (pydocs, grammar), or hf:NAME.",
    ),
]
Out = Annotated[Path, typer.Option(metavar="DIR", help="The model folder to write.")]
Valid = Annotated[
    str | None, typer.Option(metavar="SOURCE", help="Validation text [default: the end of SOURCE].")
]
Preset = Annotated[
    str | None,
    typer.Option(
        help="Named settings: "
        "brief, medium, small, tiny or wide [default: chosen by text and time]."
    ),
]
Unit = Annotated[
    Literal["word", "bpe", "unigram", "char"] | None,
    typer.Option(help="Unit of the tokens [default: word]."),
]
Cell = Annotated[str | None, typer.Option(help="The recurrent cell [default: lstm].")]
Direction = Annotated[
    Literal["forward", "backward", "both"] | None,
    typer.Option(help="Reading direction [default: forward]."),
]
Minutes = Annotated[
    float | None,
    typer.Option(callback=some_time, help="Training time in minutes, validation included."),
]
Epochs = Annotated[
    float | None,
    typer.Option(callback=some_time, help="Training time in epochs, instead of minutes."),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="BASE",
        help="Start from a model folder or a bundled model; none: train a new model "
        "[default: a bundled model that suits the text].",
    ),
]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same model [default: 0].")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change one setting; may be given several times."
    ),
]
Config = Annotated[
    Path | None, typer.Option(metavar="FILE.toml", help="Read settings from a file.")
]
NGram = Annotated[
    bool | None,
    typer.Option("--ngram/--no-ngram", help="Also count an n-gram model [default: yes]."),
]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16"] | None,
    typer.Option(help="Number format of matrix products [default: chosen for the processor]."),
]
Models = Annotated[
    str | None,
    typer.Option(
        metavar="N|auto",
        help="Number of networks to train in parallel, one per core, and to average [default: 1].",
    ),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    typer.Option(help="Device for training; auto uses a GPU if there is one."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue a stopped run.")]
Force = Annotated[bool, typer.Option("--force", help="Replace DIR if it exists.")]
