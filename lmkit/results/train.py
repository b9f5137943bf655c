"""The result of a training run."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class Trained(Result):
    """The figures of a training run."""

    out: str
    parameters: int
    words: int
    steps: int
    seconds: float
    words_per_second: float
    perplexity: float  # validation, per word
    stopped: str
