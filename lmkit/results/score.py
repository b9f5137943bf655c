"""Surprisal of texts, word by word."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class ScoredWord(Result):
    """Surprisal of a word, with its rank and the entropy of the prediction before it."""

    word: str
    surprisal: float  # bits
    rank: int  # 1 is the most probable
    entropy: float  # bits
    unknown: bool


@dataclass(frozen=True, slots=True)
class Score(Result):
    """Surprisal of a line, word by word."""

    text: str
    words: tuple[ScoredWord, ...]
    bits: float  # sum over the words
    perplexity: float  # per word listed
