"""Turning minutes into steps: the clock is read here, and what comes out is a plan of steps.

The plan is made after the first step, corrected once the rate is known, and corrected a few times
more as the run goes on; in between, nothing depends on the clock. The clock is handed in.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from lmkit.training.config import TrainingConfig
from lmkit.training.step_plan import StepPlan

REPLAN_AT = (0.0, 0.02, 0.08, 0.25, 0.5, 0.75, 0.9, 0.96)  # shares of the time
DECIDED = 2  # plans after which the rate is believed
MIN_STEPS = 3  # taken before the rate is believed: the first are slower
WORTH_CHANGING = 0.005  # a plan that misses the end by less than this share stays
GRACE = 1.02  # share of the time after which the run ends, whatever the plan says
GUESS = 0.4  # cost of validating an id against training on it, until measured
FEWEST = 4  # validations, if there is time for so few on part of the text
UNKNOWN_STEPS = 2**40  # planned before the first step has shown how long one takes


@dataclass(slots=True, kw_only=True)
class StepTimes:
    """What has been measured; all of it is stored by a checkpoint."""

    seconds: float = 0.0  # since the first step began
    per_step: float = 0.0  # seconds, as the last plan saw it
    step_seconds: float = 0.0  # spent on the steps since the last plan
    steps: int = 0  # steps since the last plan
    validation_seconds: float = 0.0  # for one id, when last measured; 0: not yet
    plans: int = 0  # how many of REPLAN_AT lie behind
    validations: int = 0  # over the whole run; 0: not decided yet
    validation_ids: int = 0  # read by each validation


class TimeBudget:
    """Keeps time.

    Attributes:
        times: What has been measured so far.
        plan: The steps of the run.
    """

    def __init__(
        self,
        config: TrainingConfig,
        *,
        steps_per_epoch: int,
        validation_ids: int,
        closing: float,
        clock: Callable[[], float],
    ) -> None:
        """Begin with what the budget alone says.

        Args:
            config: Holds the budget.
            steps_per_epoch: Steps of one pass over the training text.
            validation_ids: Length of the whole validation text.
            closing: Cost of what follows the last step, in readings of the whole validation text.
            clock: Seconds from any start.
        """
        self.config = config
        self.times = StepTimes()
        self._clock = clock
        self._started = clock()
        self._all_ids = validation_ids
        self._closing = closing
        self._epoch_steps = round((config.epochs or 1.0) * steps_per_epoch)
        if config.minutes:
            self.plan = StepPlan.of(UNKNOWN_STEPS)
            return
        self.plan = StepPlan.of(self._epoch_steps)
        self.times.validations = config.validations
        self.times.validation_ids = validation_ids

    @property
    def budget(self) -> float:
        """Seconds there are; infinite where epochs are counted."""
        return self.config.minutes * 60.0 if self.config.minutes else float("inf")

    def start(self) -> None:
        """Let the time run, from where it stood when it was stored."""
        self._started = self._clock() - self.times.seconds

    def elapsed(self) -> float:
        """Return the seconds since the first step began, as counted over all resumed parts."""
        self.times.seconds = self._clock() - self._started
        return self.times.seconds

    def expected(self, step: int) -> float:
        """Return how many seconds the whole run will take.

        Minutes are filled, since the plan is corrected until it fills them; epochs take what the
        present rate says.
        """
        if self.config.minutes:
            return max(self.budget, self.times.seconds)
        left = max(0, self.plan.steps - step)
        return self.times.seconds + left * self._rate() + self._reserve(step)

    def count_step(self, seconds: float) -> None:
        """Take in how long a step took."""
        self.times.step_seconds += seconds
        self.times.steps += 1

    def count_validation(self, seconds: float) -> None:
        """Take in how long a validation took; where that is long, fewer are made from here on."""
        self.times.validation_seconds = seconds / max(1, self.times.validation_ids)
        if self.config.minutes:
            self.times.validations = min(self.times.validations, self._affordable(seconds))

    def is_over(self, step: int) -> bool:
        """Say whether the budget is used up, be it steps or, much too late, time."""
        if step >= self.plan.steps:
            return True
        return step > 0 and self.elapsed() + self._closing_seconds() > self.budget * GRACE

    def is_validation_due(self, step: int) -> bool:
        """Say whether the last step crossed one of the evenly spread points of validation."""
        count = self.times.validations
        before, after = self.plan.progress(step - 1), self.plan.progress(step)
        return count > 0 and int(before * count) < int(after * count)

    def replan(self, step: int, *, ids_per_step: int) -> bool:
        """Change the plan if the time has come and the rate asks for it.

        Args:
            step: Steps taken so far, at least 1.
            ids_per_step: Training ids in a step.

        Returns:
            Whether the plan has changed.
        """
        if not self.config.minutes or not self._is_due(step):
            return False
        self._measure()
        if self.times.plans == DECIDED:
            self._choose_validations(ids_per_step)
        steps = step + round(self._left(step) / self.times.per_step)
        is_far = abs(steps - self.plan.steps) > WORTH_CHANGING * steps
        if is_far:
            self.plan = self.plan.changed(step, steps)
        return is_far

    def rebudget(self, step: int) -> None:
        """Plan anew after a change of the budget; progress is then counted on the whole new run.

        Args:
            step: Steps taken so far.
        """
        self.times.plans = DECIDED if self.times.per_step else 0
        if not self.config.minutes:
            self.plan = StepPlan.of(self._epoch_steps)
            self.times.validations = self.config.validations
            self.times.validation_ids = self._all_ids
        elif not self.times.per_step:
            self.plan = StepPlan.of(UNKNOWN_STEPS)
        else:
            self.plan = StepPlan.of(step + round(self._left(step) / self.times.per_step))

    def _is_due(self, step: int) -> bool:
        """Say whether a point of REPLAN_AT was reached since the last plan."""
        passed = self.times.plans
        if passed == 1 and step < MIN_STEPS:
            return False
        share = self.elapsed() / self.budget
        while passed < len(REPLAN_AT) and share >= REPLAN_AT[passed]:
            passed += 1
            if passed <= DECIDED:  # the first plans are made whatever the time
                break
        is_due = passed > self.times.plans
        self.times.plans = passed
        return is_due

    def _measure(self) -> None:
        """Believe the rate since the last plan; the very first step counts for the first alone."""
        self.times.per_step = max(1e-6, self.times.step_seconds / max(1, self.times.steps))
        self.times.step_seconds, self.times.steps = 0.0, 0

    def _choose_validations(self, ids_per_step: int) -> None:
        """Decide how often to validate, and on how much, within the share of time for it."""
        per_id = GUESS * self.times.per_step / ids_per_step
        allowed = self.config.validation_share * self.budget
        affordable = self._affordable(self._all_ids * per_id)
        self.times.validations = min(self.config.validations, affordable)
        self.times.validation_seconds = per_id
        part = allowed / self.times.validations / per_id
        self.times.validation_ids = max(1, min(self._all_ids, int(part)))

    def _affordable(self, seconds: float) -> int:
        """Return how many validations of so many seconds fit into the share of time for them."""
        allowed = self.config.validation_share * self.budget
        return max(FEWEST, int(allowed / max(1e-9, seconds)))

    def _left(self, step: int) -> float:
        """Return the seconds left for steps alone."""
        return max(0.0, self.budget - self.times.seconds - self._reserve(step))

    def _reserve(self, step: int) -> float:
        """Return the seconds to keep for the validations still to come and for the closing."""
        times = self.times
        done = int(self.plan.progress(step) * times.validations)
        validating = (times.validations - done) * times.validation_ids * times.validation_seconds
        return min(validating + self._closing_seconds(), self.budget / 2)

    def _closing_seconds(self) -> float:
        """Return the seconds kept for what follows the last step."""
        seconds = self._closing * self._all_ids * self.times.validation_seconds
        return min(seconds, self.budget / 3)

    def _rate(self) -> float:
        """Return the seconds per step by the latest measurement there is."""
        if not self.times.steps:
            return self.times.per_step
        return self.times.step_seconds / self.times.steps

    def to_json(self) -> dict[str, object]:
        """Return the plan and the times."""
        return {"plan": self.plan.to_json(), "times": asdict(self.times)}
