"""What a REPL session is set to and what it remembers: plain values, easy to save and compare."""

from dataclasses import dataclass

from lmkit.core.errors import UsageError

_RANGES = {"top": (1, 1000), "words": (1, 10_000), "temperature": (0, 100), "seed": (0, 2**63 - 1)}
ADAPTATIONS = ("none", "cache", "dynamic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How answers are made; each field has a command of its name."""

    folder: str  # the model that answers
    other: str = ""  # the model compared with; empty: none
    adapt: str = "none"
    top: int = 5  # answers shown
    words: int = 15  # words of a continuation
    temperature: float = 0.8
    seed: int = 0
    json: bool = False

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise UsageError(f"{name} must be from {least} to {most}, not {value}")
        if self.adapt not in ADAPTATIONS:
            raise UsageError(f"adapt must be {', '.join(ADAPTATIONS)}, not {self.adapt!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What `/save` keeps."""

    settings: Settings
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the session remembers from line to line."""

    text: str = ""  # the last text, with what was picked
    picks: tuple[str, ...] = ()  # the text after picking each numbered answer
    bits: float = 0.0  # surprisal of all text typed
    scored: int = 0  # words it is the sum of
    rate: float = 0.0  # words written a second, of the last continuation

    def perplexity(self) -> float:
        """Return the perplexity per word of all text typed; 0 before the first."""
        return (
            float(min(2.0 ** min(self.bits / self.scored, 1000.0), 1e300)) if self.scored else 0.0
        )
