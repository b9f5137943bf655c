"""Answers of filling blanks, and their explanations."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class Filled(Result):
    """One way to fill every blank of a text.

    Attributes:
        words: What goes into each blank, first to last.
        text: The whole text with the blanks filled.
        probability: Given both sides, among the candidates.
    """

    words: tuple[str, ...]
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Filling(Result):
    """The best ways to fill a text.

    Attributes:
        text: The text with its blanks.
        fillings: Best first.
        candidates: How many were read together with the right-hand side.
        exact: Whether that was every word of the vocabulary, or every choice.
    """

    text: str
    fillings: tuple[Filled, ...]
    candidates: int
    exact: bool


@dataclass(frozen=True, slots=True)
class WordBits(Result):
    """A word of a filled text and its surprisal (bits) given all before it."""

    word: str
    bits: float


@dataclass(frozen=True, slots=True)
class FillExplanation(Result):
    """The evidence for one way to fill a text; fewer bits are likelier.

    Attributes:
        text: The filled text.
        blanks: The words around each blank, the filled ones among them: what the left side said.
        right: Each word after a blank: what it made of the words filled in.
        bits: All of the text, as `score` sums it up.
        backward_bits: The same read from right to left, where a model does.
    """

    text: str
    blanks: tuple[WordBits, ...]
    right: tuple[WordBits, ...]
    bits: float
    backward_bits: float | None
