"""Surprisal tables: the words of a line as they are written, or as the model cuts them."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class WordScore(Result):
    """Surprisal of one word.

    Attributes:
        word: The word.
        surprisal: Bits, with the correction for leading spaces where the words are those given.
        surprisal_uncorrected: Bits, the plain sum over the tokens of the word.
        rank: Rank of its first token, 1 for the most probable.
        entropy: Bits of the distribution its first token was drawn from.
        unknown: Whether a token of it is the unknown one.
    """

    word: str
    surprisal: float
    surprisal_uncorrected: float
    rank: int
    entropy: float
    unknown: bool


@dataclass(frozen=True, slots=True)
class WordScores(Result):
    """Surprisal of the words of one line.

    Attributes:
        text: The line.
        words: Its words, first to last.
        bits: Sum over the words, corrected or not.
        perplexity: Per word listed.
    """

    text: str
    words: tuple[WordScore, ...]
    bits: float
    perplexity: float
