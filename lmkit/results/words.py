"""Answers of words: candidates and their probabilities."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class Guess(Result):
    """A word and its probability."""

    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class NextWords(Result):
    """The words that may come next, or that finish a begun word, best first."""

    text: str
    words: tuple[Guess, ...]
