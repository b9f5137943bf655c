"""The result of a training run."""

from dataclasses import dataclass

from lmkit.results.result import Result


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
