"""Surprisal of texts, word by word."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class ScoredWord(Result):
    """How surprising one word was; entropy is of the distribution it was drawn from."""

    word: str
    surprisal: float  # bits
    rank: int  # 1 is the most probable
    entropy: float  # bits
    unknown: bool


@dataclass(frozen=True, slots=True)
class Score(Result):
    """How surprising a line was."""

    text: str
    words: tuple[ScoredWord, ...]
    bits: float  # sum over the words
    perplexity: float  # per word listed
