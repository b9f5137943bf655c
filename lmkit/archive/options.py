"""Options under which a stored model is asked."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from lmkit.core.errors import UsageError, unknown_name
from lmkit.models.adapters import ADAPTERS

DIRECTIONS = ("forward", "backward", "both")
PRECISIONS = ("float32", "int8")
ALONE: tuple[str, ...] = ()  # adapters of the network alone
# Adapters that learn from what is read, by the names that commands and answers have for them.
ADAPT = {"none": (), "cache": ("cache",), "dynamic": ("dynamic",), "both": ("dynamic", "cache")}
MIX = {"none": (), "ngram": ("ngram",)}
NGRAMS = ("base-ngram", "ngram")  # mixed in together where a base had one too


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Options under which a stored model is asked.

    Attributes:
        adapters: Names in `ADAPTERS` to lay on the network, in any order. None lays on all that
            were fitted with the model, but for dynamic evaluation, which takes time and is used
            where it is named; `()` asks the network alone.
        direction: "forward", "backward" or "both"; None reads in the directions the folder has.
        precision: "float32", or "int8": 8 bits a weight, quicker and a little less exact.
        device: "auto", "cpu", "cuda" or "mps".
        personal: File of typed text that counts too.
    """

    adapters: tuple[str, ...] | None = None
    direction: str | None = None
    precision: str = "float32"
    device: str = "auto"
    personal: Path | None = None

    def __post_init__(self) -> None:
        for name in self.adapters or ():
            if name not in ADAPTERS:
                raise unknown_name("adapter", name, ADAPTERS)
        if self.direction is not None and self.direction not in DIRECTIONS:
            raise unknown_name("direction", self.direction, DIRECTIONS)
        if self.precision not in PRECISIONS:
            raise unknown_name("precision", self.precision, PRECISIONS)

    def on(self, device: str | None) -> "ModelOptions":
        """Return these options with another device; None leaves theirs."""
        return self if device is None else replace(self, device=device)


def choose_adapters(
    fitted: Collection[str], *, adapt: str | None = None, mix: str | None = None
) -> tuple[str, ...] | None:
    """Return the adapters that two choices name; a choice left open takes what was fitted.

    Args:
        fitted: Adapters that are used by default.
        adapt: A name in `ADAPT`; None leaves it open.
        mix: A name in `MIX`; None leaves it open.

    Returns:
        The adapters; None where both are left open.

    Raises:
        UsageError: If a name is unknown.
    """
    if adapt is None and mix is None:
        return None
    if adapt is not None and adapt not in ADAPT:
        raise unknown_name("adaptation", adapt, ADAPT)
    if mix is not None and mix not in MIX:
        raise unknown_name("mix", mix, MIX)
    learning = [name for name in fitted if name in ADAPT["both"]] if adapt is None else ADAPT[adapt]
    counted = [name for name in fitted if name in NGRAMS]
    mixed = counted if mix is None else [*MIX[mix], *(counted if MIX[mix] else ())]
    others = [name for name in fitted if name not in (*ADAPT["both"], *NGRAMS)]
    return tuple(dict.fromkeys((*learning, *mixed, *others)))


def adapt_name(adapters: Collection[str]) -> str:
    """Return the name in `ADAPT` of those adapters that learn from what is read."""
    learning = {name for name in adapters if name in ADAPT["both"]}
    return next(name for name, names in ADAPT.items() if set(names) == learning)


def mix_name(adapters: Collection[str]) -> str:
    """Return the name in `MIX` of those adapters that are mixed in."""
    return "ngram" if "ngram" in adapters else "none"


def alone_or_named(
    fitted: Collection[str], *, alone: bool, adapt: str | None, mix: str | None
) -> tuple[str, ...] | None:
    """Return the adapters that the options of a door ask for.

    Args:
        fitted: Adapters that are used by default.
        alone: Ask the network alone.
        adapt: As in `choose_adapters`.
        mix: As there.

    Raises:
        UsageError: If the network alone and an adapter are asked for at once.
    """
    if alone and (adapt or "none", mix or "none") != ("none", "none"):
        raise UsageError(
            "the network alone has no adapters; choose the network alone or an adapter"
        )
    return ALONE if alone else choose_adapters(fitted, adapt=adapt, mix=mix)
