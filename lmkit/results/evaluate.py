"""Figures of evaluations: perplexity, cloze questions, minimal pairs, typing."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class TextEvaluation(Result):
    """Perplexity of a text, per word: a token between white space, plus one a line end."""

    words: int
    tokens: int
    perplexity: float
    bits_per_character: float
    unknown_words: int
    seconds: float
    adapt: str
    mix: str
    alone: float | None = None  # perplexity of the network alone; None where it was not measured


@dataclass(frozen=True, slots=True)
class ClozeEvaluation(Result):
    """Multiple-choice blanks answered."""

    questions: int
    correct: int
    accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class PairsEvaluation(Result):
    """Minimal pairs: how often the good sentence is the likelier one (a tie counts 0.5)."""

    pairs: int
    accuracy: float
    by_file: dict[str, float]


@dataclass(frozen=True, slots=True)
class TypingFigures(Result):
    """How well words were foreseen while a text was typed.

    Attributes:
        words: Words typed.
        top1: Share of the words that stood first before a letter of them was typed.
        top3: The same among the first three.
        top5: The same among the first five.
        keystroke_savings: By the number of places shown ("3", "5"): share of the keys not needed.
        ms_per_key: `p50` and `p95` of the milliseconds from a key to the words shown.
    """

    words: int
    top1: float
    top3: float
    top5: float
    keystroke_savings: dict[str, float]
    ms_per_key: dict[str, float]


@dataclass(frozen=True, slots=True)
class TypingEvaluation(TypingFigures):
    """The same, beside the n-gram model alone where the folder has one."""

    ngram: TypingFigures | None
