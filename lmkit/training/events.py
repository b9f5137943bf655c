"""What training says while it runs: a stream of small frozen values.

The caller prints, logs, saves or stops; no callback receives the trainer.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something worth one line, e.g. which file was read in which encoding."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is done from now on; worth a line, but not to someone who wants quiet."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrating:
    """Training is over, and what stands around the model is fitted on validation text."""

    companions: tuple[str, ...]
    seconds: float | None  # at most; None: as long as it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The text has been read, cut into tokens and split."""

    words: int  # training words: tokens between white space, plus one a line end
    tokens: int  # training ids
    valid_words: int
    vocabulary: int
    unknown_share: float  # of the training ids, 0..1
    parameters: int
    seconds: float  # reading and tokenising


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """How many steps fit the budget; said again whenever the plan is changed."""

    step: int
    steps: int
    seconds: float  # expected for the whole run
    epochs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Some steps were taken."""

    step: int
    steps: int
    epoch: float
    tokens: int  # ids trained on since the start
    words_per_second: float
    nats: float  # mean training loss per id since the last Progress
    perplexity: float  # per word, of the same
    learning_rate: float
    gradient_norm: float
    seconds: float
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """The validation text was measured."""

    step: int
    perplexity: float  # per word
    is_best: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """Training diverged and went back to good weights with a smaller rate."""

    step: int
    back_to: int
    reason: str
    rate_factor: float  # the rate is now this share of the planned one


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """All that is needed to go on exactly lies on the disk."""

    step: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last event of the training loop."""

    step: int
    tokens: int
    reason: str  # "budget", "early stop" or "interrupted"
    best_perplexity: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureFitted:
    """After the last step: the temperature of the softmax was fitted on validation text."""

    temperature: float  # divides every logit
    perplexity: float  # per word, of the whole validation text
    seconds: float  # fitting and measuring


Event: TypeAlias = (
    Warned
    | Status
    | Prepared
    | Planned
    | Progress
    | Validated
    | Recovered
    | Saved
    | Finished
    | TemperatureFitted
    | Calibrating
)
