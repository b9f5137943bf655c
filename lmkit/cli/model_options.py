"""The model that a command asks, and the options of how it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lmkit.cli.options import (
    Adapt,
    Alone,
    Device,
    Direction,
    Int8,
    Mix,
    ModelFolder,
    Personal,
    open_model,
)
from lmkit.cli.shared_options import REQUIRED, Command, Option, with_options

if TYPE_CHECKING:
    from lmkit.language_model import LanguageModel


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenModel:
    """A model as a command was told to ask it.

    Attributes:
        folder: Where it lies, or the name of a bundled model.
        alone: Ask the network alone.
        adapt: How it learns while reading; as fitted where None.
        mix: Whether its n-gram is mixed in; as fitted where None.
        direction: Which directions to read in; what the folder has where None.
        personal: A file of typed text that counts too.
        int8: Multiply with 8 bits a weight.
        device: Device of the network.
    """

    folder: Path
    alone: bool = False
    adapt: str | None = None
    mix: str | None = None
    direction: str | None = None
    personal: Path | None = None
    int8: bool = False
    device: str = "auto"

    def open(self) -> "LanguageModel":
        """Load the model.

        Raises:
            ModelError: If it is missing, damaged or of a newer format.
        """
        return open_model(
            self.folder,
            alone=self.alone,
            adapt=self.adapt,
            mix=self.mix,
            direction=self.direction,
            personal=self.personal,
            int8=self.int8,
            device=self.device,
        )


def with_model(*, direction: bool = False, personal: bool = False) -> Callable[[Command], Command]:
    """Add a model folder and the options of asking to a command with one `chosen: ChosenModel`.

    Args:
        direction: Whether it can be asked in one direction: adds --direction.
        personal: Whether a person's own text can count: adds --personal.

    Returns:
        A decorator; the command it returns has the options in its signature, where typer looks.
    """
    options: dict[str, Option] = {
        "folder": (ModelFolder, REQUIRED),
        "alone": (Alone, False),
        "adapt": (Adapt, None),
        "mix": (Mix, None),
    }
    if direction:
        options["direction"] = (Direction, None)
    if personal:
        options["personal"] = (Personal, None)
    options |= {"int8": (Int8, False), "device": (Device, "auto")}
    return with_options("chosen", options, ChosenModel)
