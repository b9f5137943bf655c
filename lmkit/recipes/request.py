"""The request to train a language model, as the command line or a program puts it."""

from dataclasses import dataclass
from pathlib import Path

DIRECTIONS = ("forward", "backward", "both")
AUTO = "auto"  # chosen by the text, the time and the machine


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """A request to train a model; None stands for what was not given.

    Attributes:
        sources: Text files, folders, bundled names or hub sets, in order.
        out: Model folder to write.
        valid: Source of the validation text; None holds out the tail of the sources.
        preset: Name of a preset; None chooses by text and time.
        unit: word, bpe, unigram or char.
        cell: Name of a recurrent cell.
        direction: forward, backward or both.
        minutes: Budget in minutes, validation included.
        epochs: Budget in epochs.
        base: Model to start from: a folder or a bundled name; "none" starts from nothing. None
            chooses a bundled one that suits the text, if there is one.
        seed: Seed of all randomness; 0 where not given.
        settings: "KEY=VALUE" each.
        config: TOML file of settings.
        column: Column, key or path of the text in tables.
        resume: Go on with the run in `out`.
        force: Replace the model in `out`.
        ngram: Whether to count an n-gram.
        precision: Number format of the products: auto, float32 or bfloat16.
        models: Networks of each direction, averaged when asked: a number, or "auto".
        device: auto, cpu, cuda or mps.
        command: The command, kept in `training/` and never in what is shared.
        launch: Name of the start of several processes; the restart of one goes on with its run.
    """

    sources: tuple[str, ...]
    out: Path
    valid: str | None = None
    preset: str | None = None
    unit: str | None = None
    cell: str | None = None
    direction: str | None = None
    minutes: float | None = None
    epochs: float | None = None
    base: str | None = None
    seed: int | None = None
    settings: tuple[str, ...] = ()
    config: Path | None = None
    column: str = "text"
    resume: bool = False
    force: bool = False
    ngram: bool | None = None
    precision: str | None = None
    models: str | None = None
    device: str = "auto"
    command: str = ""
    launch: str | None = None
