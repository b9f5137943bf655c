"""State of one training run, and sums of its steps between two reports. Plain numbers."""

from dataclasses import asdict, dataclass, field, fields

from lmkit.training.checkpoint import StateDict
from lmkit.training.step_report import StepReport


@dataclass(slots=True, kw_only=True)
class TrainerState:
    """State of one training run: steps, tokens, validations. All of it is in a checkpoint."""

    step: int = 0  # steps taken: also the number of the next window
    decided_step: int = -1  # steps taken when the last decision was carried out
    tokens: int = 0  # tokens trained on
    tokens_per_step: int = 1  # of the last step
    validated_step: int = -1  # steps taken at the last validation
    stale: int = 0  # validations since the best one

    def state(self) -> StateDict:
        """Return the fields by name."""
        return asdict(self)

    def load(self, state: StateDict) -> None:
        """Take over fields."""
        for each in fields(self):
            setattr(self, each.name, int(state[each.name]))


@dataclass(slots=True)
class StepMeter:
    """Sums over the steps since the last report."""

    nats: float = 0.0
    count: int = 0  # predictions
    seconds: float = 0.0
    last: StepReport = field(default_factory=lambda: StepReport(0.0, 0, 0.0, 0.0))

    def add(self, report: StepReport, seconds: float) -> None:
        """Take in a step.

        Args:
            report: Its measurements.
            seconds: Its duration.
        """
        self.nats += report.nats
        self.count += report.count
        self.seconds += seconds
        self.last = report

    @property
    def mean(self) -> float:
        """Nats per prediction."""
        return self.nats / max(1, self.count)

    @property
    def per_second(self) -> float:
        """Predictions per second of the steps alone."""
        return self.count / max(1e-9, self.seconds)
