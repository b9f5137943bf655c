"""Shares of open and closed gates, and the units that are strongest at a word."""

from dataclasses import dataclass

from lmkit.results.result import Result
from lmkit.results.words import Guess


@dataclass(frozen=True, slots=True)
class GateFractions(Result):
    """Fractions of words at which each unit's gate was open or closed.

    Attributes:
        layer: Counted from 1.
        gate: Its name.
        open: Share of the words at which it was above 0.9, per unit.
        closed: Share of the words at which it was below 0.1, per unit.
    """

    layer: int
    gate: str
    open: tuple[float, ...]
    closed: tuple[float, ...]

    @property
    def mean_open(self) -> float:
        """Fraction of open gates over units and words."""
        return sum(self.open) / len(self.open)

    @property
    def mean_closed(self) -> float:
        """Fraction of closed gates over units and words."""
        return sum(self.closed) / len(self.closed)


@dataclass(frozen=True, slots=True)
class StrongUnit(Result):
    """A unit with a large output at a word.

    Attributes:
        layer: Counted from 1.
        unit: Counted from 0.
        hidden: What it showed.
        cell: What it held; None where a cell projects, so that no unit of its state is this one.
    """

    layer: int
    unit: int
    hidden: float
    cell: float | None


@dataclass(frozen=True, slots=True)
class StrongUnits(Result):
    """The units with the largest output at a word, strongest first."""

    word: str
    units: tuple[StrongUnit, ...]


@dataclass(frozen=True, slots=True)
class ForcedGate(Result):
    """A gate held at one value.

    Attributes:
        gate: Its name.
        value: 0 is shut, 1 is open; None holds each unit at its mean over the text.
        layer: Counted from 1; 0 is every layer.
        units: Which units; none named is all.
    """

    gate: str
    value: float | None
    layer: int = 0
    units: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DroppedUnit(Result):
    """A unit whose output is held at zero; layer counted from 1, unit from 0."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class ProbabilityChange(Result):
    """The probability of a token before and after an intervention, 0..1."""

    word: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Effect(Result):
    """The prediction before and after an intervention.

    Attributes:
        text: What was read.
        before: The most probable next tokens, best first.
        after: The same with the intervention.
        moved: Every token of either, the most probable before first.
        divergence: How far the prediction moved: Kullback-Leibler, in bits.
    """

    text: str
    before: tuple[Guess, ...]
    after: tuple[Guess, ...]
    moved: tuple[ProbabilityChange, ...]
    divergence: float
