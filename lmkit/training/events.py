"""Events of training: a stream of small frozen values.

The caller prints, logs, saves or stops; no callback receives the trainer.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A warning of one line, e.g. of a file in an unusual encoding."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The work that begins now; worth a line, but not to someone who wants quiet."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrating:
    """Training is over, and the adapters of the model are fitted on validation text."""

    adapters: tuple[str, ...]
    seconds: float | None  # at most; None: as long as it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The text has been read, cut into tokens and split."""

    words: int  # training words: those between white space, plus one a line end
    tokens: int  # training tokens
    valid_words: int
    vocabulary: int
    unknown_fraction: float  # of the training tokens, 0..1
    parameters: int
    seconds: float  # reading and tokenising


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan of steps that fits the budget; told again whenever the plan is changed."""

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
    tokens: int  # trained on since the start
    words_per_second: float
    nats: float  # mean training loss per token since the last Progress
    perplexity: float  # per word, of the same
    learning_rate: float
    gradient_norm: float
    seconds: float
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """The validation text was read."""

    step: int
    nats: float  # mean loss per token
    perplexity: float  # per word
    is_best: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """Training diverged and went back to good weights with a smaller rate."""

    step: int
    back_to: int
    reason: str
    rate_factor: float  # fraction of the planned rate that is used now


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A checkpoint was written: the run can go on exactly from it."""

    step: int
    path: str
    seconds: float = 0.0  # that training waited for it


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
    """The temperature of the softmax was fitted on validation text, after the last step."""

    temperature: float  # divides every logit
    perplexity: float  # per word, of the whole validation text
    seconds: float  # fitting and measuring


@dataclass(frozen=True, slots=True, kw_only=True)
class FromMember:
    """An event of one of several runs that train side by side."""

    member: str  # name of the run, e.g. "forward-2"
    event: "Event"


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
    | FromMember
)
