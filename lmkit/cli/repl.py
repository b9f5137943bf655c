"""Talking with a model line by line: `repl`, which `demo` opens too."""

from pathlib import Path
from typing import TYPE_CHECKING

from lmkit.cli.ask_options import JsonLines, LearnFrom, Seed
from lmkit.cli.options import Adapt, Alone, Device, Int8, Mix, ModelFolder, Quiet, open_model
from lmkit.core.errors import UsageError

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel


def repl(
    folder: ModelFolder,
    alone: Alone = False,
    adapt: Adapt = None,
    mix: Mix = None,
    seed: Seed = None,
    personal: LearnFrom = None,
    int8: Int8 = False,
    device: Device = "auto",
    json: JsonLines = False,
    quiet: Quiet = False,
) -> None:
    """Open a session with a model; also answers lines of stdin.

    Examples:
      lmkit repl my-model
      lmkit repl my-model --json < lines.txt
    """
    start_repl(
        folder,
        alone=alone,
        adapt=adapt,
        mix=mix,
        seed=seed,
        personal=personal,
        int8=int8,
        device=device,
        json=json,
        quiet=quiet,
    )


def start_repl(
    folder: Path,
    *,
    alone: bool = False,
    adapt: str | None = None,
    mix: str | None = None,
    seed: int | None = None,
    personal: Path | None = None,
    int8: bool = False,
    device: str = "auto",
    json: bool = False,
    quiet: bool = False,
) -> None:
    """Open the REPL on a model; `/model` and `/cache` open models the same way."""
    from lmkit.session import Session, Settings
    from lmkit.session.settings import FITTED
    from lmkit.terminal.repl import run_repl

    if alone and (adapt or mix):
        raise UsageError("--alone uses the network without --adapt and --mix; give one of them")
    mixed = "none" if alone else mix

    def opened(path: str, adaptation: str) -> "LanguageModel":
        named = None if adaptation == FITTED else adaptation
        return open_model(Path(path), adapt=named, mix=mixed, int8=int8, device=device)

    settings = Settings(
        folder=str(folder),
        adapt=adapt or ("none" if alone else FITTED),
        seed=seed or 0,
        json=json,
        learn=personal is not None,
        personal="" if personal is None else str(personal),
    )
    run_repl(Session(opened, settings), quiet=quiet)
