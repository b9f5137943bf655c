"""Figures of evaluations: perplexity, cloze questions, minimal pairs, typing."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class TextEvaluation(Result):
    """Perplexity of a text per word; a word stands between white space, a line end is one more."""

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
    """Accuracy on multiple-choice blanks."""

    questions: int
    correct: int
    accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class PairsEvaluation(Result):
    """Accuracy on minimal pairs; the good sentence should be likelier, a tie counts 0.5."""

    pairs: int
    accuracy: float
    by_file: dict[str, float]


@dataclass(frozen=True, slots=True)
class TypingFigures(Result):
    """Accuracy of suggestions while a text is typed, and the keys they save.

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
    """Accuracy of suggestions, beside that of the n-gram alone where there is one."""

    ngram: TypingFigures | None
