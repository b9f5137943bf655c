"""Settings and conversation of a REPL session: plain values, easy to save and compare."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from lmkit.core.errors import UsageError
from lmkit.core.home import expanded
from lmkit.data.typed_text import default_file
from lmkit.results import Score

_RANGES = {"top": (1, 1000), "words": (1, 10_000), "temperature": (0, 100), "seed": (0, 2**63 - 1)}
KEPT = 500  # lines of a session remembered at least
FITTED = "fitted"  # as the model was fitted in its training
ADAPTATIONS = (FITTED, "none", "cache", "dynamic", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of the answers; each field has a command of its name."""

    folder: str  # the model that answers
    other: str = ""  # the model compared with; empty: none
    adapt: str = FITTED
    top: int = 5  # answers shown
    words: int = 15  # words of a continuation
    temperature: float = 0.8
    seed: int = 0
    json: bool = False
    learn: bool = False  # from what is typed, in the file below
    personal: str = ""  # file of the typed text; empty: the usual one

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise UsageError(f"{name} must be from {least} to {most}, not {value}")
        if self.adapt not in ADAPTATIONS:
            raise UsageError(f"adapt must be {', '.join(ADAPTATIONS)}, not {self.adapt!r}")

    def file(self) -> Path:
        """Return the file of the typed text."""
        return expanded(self.personal) if self.personal else default_file()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Contents of a file that `/save` wrote."""

    settings: Settings
    text: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Texts that a session carries from line to line.

    A text that grows, by an answer picked or words typed behind it, is one line of the session.
    """

    text: str = ""  # the last text, with what was picked
    picks: tuple[str, ...] = ()  # the text after picking each numbered answer
    bits: float = 0.0  # surprisal of all text typed
    scored: int = 0  # words it is the sum of
    rate: float = 0.0  # words written a second, of the last continuation
    lines: tuple[str, ...] = ()  # typed before the newest, oldest first
    newest: str = ""  # the newest text typed or picked; it may still grow
    is_sent: bool = False  # whether it was sent as it is, not only picked

    def before(self, text: str) -> tuple[str, ...]:
        """Return the lines that stand before a text: all but the one that it carries on."""
        if not self.newest or self._grows_to(text):
            return self.lines
        return (*self.lines, self.newest)

    def closed(self) -> "Conversation":
        """Return the conversation with its newest text complete and its oldest lines dropped."""
        if not self.newest:
            return self
        lines = (*self.lines, self.newest)
        lines = lines[-KEPT:] if len(lines) > 2 * KEPT else lines
        return replace(self, lines=lines, newest="", is_sent=False)

    def scored_with(self, scores: Iterable[Score]) -> "Conversation":
        """Return the conversation with the surprisal of more lines counted in."""
        found = list(scores)
        return replace(
            self,
            bits=sum((score.bits for score in found), self.bits),
            scored=self.scored + sum(len(score.words) for score in found),
        )

    def _grows_to(self, text: str) -> bool:
        return text.startswith(self.newest) and not (self.is_sent and text == self.newest)

    def perplexity(self) -> float:
        """Return the perplexity per word of all text typed; 0 before the first."""
        return (
            float(min(2.0 ** min(self.bits / self.scored, 1000.0), 1e300)) if self.scored else 0.0
        )
