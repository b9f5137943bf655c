"""Where a run stands, and the meter between two reports. Plain numbers, no tensors."""

from dataclasses import dataclass, field

from lmkit.training.step import StepReport


@dataclass(slots=True, kw_only=True)
class TrainerState:
    """What changes as a run goes on; all of it is stored by a checkpoint."""

    step: int = 0  # steps taken: also the number of the next window
    predictions: int = 0  # ids trained on
    best_perplexity: float = float("inf")
    best_step: int = 0
    validated_step: int = -1  # when the last validation was
    stale: int = 0  # validations since the best one
    rate_factor: float = 1.0  # share of the planned rate, less after each recovery
    recoveries: int = 0
    recovered_at: int = -1  # step of the last recovery; -1: none


@dataclass(slots=True)
class StepMeter:
    """Sums over the steps since the last report."""

    nats: float = 0.0
    count: int = 0
    seconds: float = 0.0
    last: StepReport = field(default_factory=lambda: StepReport(0.0, 0, 0.0, 0.0))

    def add(self, report: StepReport, seconds: float) -> None:
        """Take in a step and how long it took."""
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
