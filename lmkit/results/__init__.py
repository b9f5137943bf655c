"""The answers, as values: frozen, free of torch, and `to_dict()` gives the fields of the JSON.

Field names are those that docs/reference/json.md promises to other programs.
"""

from dataclasses import asdict, dataclass
from typing import TypeAlias


class Result:
    """A frozen answer that turns into plain dictionaries and lists."""

    __slots__ = ()

    def to_dict(self) -> dict[str, object]:
        """Return the answer as JSON can hold it."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # every Result is a dataclass


@dataclass(frozen=True, slots=True)
class Guess(Result):
    """A word and how probable it is."""

    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class NextWords(Result):
    """The words that may come next, or that finish a begun word, best first."""

    text: str
    words: tuple[Guess, ...]


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


@dataclass(frozen=True, slots=True)
class Generated(Result):
    """A continued prompt."""

    prompt: str
    text: str  # prompt and continuation
    words: int  # how many were written
    seconds: float


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
class Trained(Result):
    """What a training run came to."""

    out: str
    parameters: int
    words: int
    steps: int
    seconds: float
    words_per_second: float
    perplexity: float  # validation, per word
    stopped: str


Rows: TypeAlias = tuple[tuple[float, ...], ...]  # one row a word, one value a unit


@dataclass(frozen=True, slots=True)
class LayerTrace(Result):
    """What happened inside one layer while it read.

    Attributes:
        gates: The rows of each gate, by name; empty for a cell without gates.
        candidate: What was offered to the memory.
        cell: The memory after each word; the hidden state where the cell has no other.
        hidden: What was shown to the next layer and to the next step.
    """

    gates: dict[str, Rows]
    candidate: Rows
    cell: Rows
    hidden: Rows


@dataclass(frozen=True, slots=True)
class GateTrace(Result):
    """Every gate and state while a text was read, per word, layer and unit.

    Attributes:
        text: What was read, from the beginning of a line.
        kind: The name of the cell.
        words: One for each row.
        layers: Lowest first.
    """

    text: str
    kind: str
    words: tuple[str, ...]
    layers: tuple[LayerTrace, ...]


@dataclass(frozen=True, slots=True)
class WordBits(Result):
    """A word of a filled text and its surprisal (bits) given all before it."""

    word: str
    bits: float


@dataclass(frozen=True, slots=True)
class FillExplanation(Result):
    """What spoke for and against one way to fill a text; fewer bits are likelier.

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


@dataclass(frozen=True, slots=True)
class ColumnForecast(Result):
    """The next numbers of one column, with the interval that should hold each."""

    column: str
    forecast: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Forecast(ColumnForecast):
    """The next numbers of a series: of its first column here, of all of them in `columns`."""

    level: float  # share of what comes that should lie inside the intervals
    columns: tuple[ColumnForecast, ...]
    dates: tuple[str, ...] = ()  # of each number, where the dates of the series tell
