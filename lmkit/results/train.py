"""The result of a training run."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class Trained(Result):
    """Figures of a training run.

    Attributes:
        out: The model folder.
        parameters: Weights of all directions.
        words: Words of the training text.
        steps: Steps of all directions.
        seconds: Time of training and validation.
        words_per_second: Words read in training by that time.
        perplexity: Of the validation text per word, by the network alone.
        stopped: Reason of the end.
        perplexity_adapted: Of the validation text per word, with all that was fitted and is used
            by default; that of the network alone where nothing was fitted.
        device: Device that was trained on.
        base: Name of the model that was started from; None where it was none.
    """

    out: str
    parameters: int
    words: int
    steps: int
    seconds: float
    words_per_second: float
    perplexity: float
    stopped: str
    perplexity_adapted: float | None = None
    device: str = "cpu"
    base: str | None = None
