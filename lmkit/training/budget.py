"""Time budget of a run: measured durations in, a plan of steps out.

The plan is made after the first step, corrected once the rate is known, and corrected a few times
more as the run goes on; in between, nothing depends on the clock. The clock is handed in.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from lmkit.training.checkpoint import StateDict
from lmkit.training.config import TrainingConfig
from lmkit.training.step_plan import StepPlan

REPLAN_AT = (0.0, 0.02, 0.08, 0.25, 0.5, 0.75, 0.9, 0.96)  # fractions of the time
DECIDED = 2  # plans after which the rate is believed
MIN_STEPS = 3  # taken before the rate is believed: the first are slower
FEWEST_EXACT = 20  # steps of an exact part whose cost is worth a measurement
WORTH_CHANGING = 0.005  # a plan that misses the end by less than this fraction stays
GRACE = 1.02  # fraction of the time after which the run ends, whatever the plan says
GUESS = 0.4  # cost of validating a token against training on it, until measured
FEWEST = 4  # validations, if there is time for so few on part of the text
UNKNOWN_STEPS = 2**40  # planned before the first step has shown how long one takes


@dataclass(slots=True, kw_only=True)
class StepTimes:
    """Measured durations and what was decided by them; a checkpoint stores all of it."""

    seconds: float = 0.0  # since the first step began
    per_step: float = 0.0  # seconds, as the last plan saw it
    step_seconds: float = 0.0  # spent on the steps since the last plan
    steps: int = 0  # steps since the last plan
    exact_extra: float = 0.0  # seconds that a step of the exact part takes longer; 0: not known
    exact_seconds: float = 0.0  # spent on steps of the exact part
    exact_steps: int = 0
    validation_seconds: float = 0.0  # for one token, when last measured; 0: not yet
    plans: int = 0  # points of REPLAN_AT that lie behind
    validations: int = 0  # over the whole run; 0: not decided yet
    validation_tokens: int = 0  # read by each validation


class TimeBudget:
    """Time budget of one run: how many steps fit it, and what is due when.

    Attributes:
        times: Durations measured so far.
        plan: The steps of the run.
        is_changed: Whether the run that was loaded had another budget.
    """

    def __init__(
        self,
        config: TrainingConfig,
        *,
        steps_per_epoch: int,
        validation_tokens: int,
        final_readings: float,
        clock: Callable[[], float],
    ) -> None:
        """Begin with the plan that the budget alone allows.

        Args:
            config: Holds the budget.
            steps_per_epoch: Steps of one epoch of the training text.
            validation_tokens: Length of the whole validation text.
            final_readings: Cost of the work after the last step, in readings of the whole
                validation text.
            clock: Seconds from any start.
        """
        self.config = config
        self.times = StepTimes()
        self.is_changed = False
        self._clock = clock
        self._started = clock()
        self._all_tokens = validation_tokens
        self._final_readings = final_readings
        self._epoch_steps = round((config.epochs or 1.0) * steps_per_epoch)
        if config.minutes:
            self.plan = StepPlan.of(UNKNOWN_STEPS)
            return
        self.plan = StepPlan.of(self._epoch_steps)
        self.times.validations = config.validations
        self.times.validation_tokens = validation_tokens

    def epochs(self, steps_per_epoch: int) -> float:
        """Return the epochs of the whole run, as it is planned now."""
        return self.plan.steps / steps_per_epoch

    @property
    def budget(self) -> float:
        """Seconds of the whole run; infinite where epochs are counted."""
        return self.config.minutes * 60.0 if self.config.minutes else float("inf")

    def start(self) -> None:
        """Start the clock, at the seconds that were stored."""
        self._started = self._clock() - self.times.seconds

    def elapsed(self) -> float:
        """Return the seconds since the first step began, as counted over all resumed parts."""
        self.times.seconds = self._clock() - self._started
        return self.times.seconds

    def expected(self, step: int) -> float:
        """Return the expected seconds of the whole run.

        Minutes are filled, since the plan is corrected until it fills them; epochs take what the
        present rate says.
        """
        if self.config.minutes:
            return max(self.budget, self.times.seconds)
        left = max(0, self.plan.steps - step)
        exact = min(left, self._exact_part())
        steps = (left - exact) * self._rate() + exact * self._exact_rate()
        return self.times.seconds + steps + self._reserve(step)

    def count_step(self, seconds: float, *, is_exact: bool = False) -> None:
        """Take in the duration of a step.

        Args:
            seconds: The duration.
            is_exact: Whether it belongs to the exact part of the run, where a sampled softmax is
                computed in full.
        """
        if is_exact:
            self.times.exact_seconds += seconds
            self.times.exact_steps += 1
        if self.config.minutes or not is_exact:  # the plan of minutes follows the rate of now
            self.times.step_seconds += seconds
            self.times.steps += 1

    def is_exact_due(self, step: int) -> bool:
        """Return whether the cost of the exact part should be measured now, ahead of it.

        Only epochs need it, and only where that part is long beside the few steps it takes.

        Args:
            step: Steps taken so far.
        """
        is_known = bool(self.times.exact_extra or self.times.exact_steps)
        is_due = not self.config.minutes and step == MIN_STEPS and not is_known
        return is_due and self._exact_part() >= FEWEST_EXACT

    def count_validation(self, seconds: float) -> None:
        """Take in the duration of a validation; where it is long, fewer are made from here on."""
        self.times.validation_seconds = seconds / max(1, self.times.validation_tokens)
        if self.config.minutes:
            self.times.validations = min(self.times.validations, self._affordable(seconds))

    def is_over(self, step: int, plan: StepPlan) -> bool:
        """Return whether the budget is used up, be it steps or, much too late, time.

        Args:
            step: Steps taken so far.
            plan: The plan that would be followed.
        """
        if step >= plan.steps:
            return True
        return step > 0 and self.elapsed() + self._final_seconds() > self.budget * GRACE

    def is_validation_due(self, step: int, plan: StepPlan) -> bool:
        """Return whether the last step crossed one of the evenly spread points of validation.

        Args:
            step: Steps taken so far.
            plan: The plan that would be followed.
        """
        count = self.times.validations
        before, after = plan.progress(step - 1), plan.progress(step)
        return step > 0 and count > 0 and int(before * count) < int(after * count)

    def replanned(self, step: int, *, tokens_per_step: int) -> StepPlan | None:
        """Return another plan if a point of planning was reached and the rate asks for it.

        Args:
            step: Steps taken so far.
            tokens_per_step: Training tokens in a step.

        Returns:
            The plan to follow from here on; None to keep the present one.
        """
        if not self.config.minutes or not step or not self.times.steps:
            return None  # the steps since the last plan may not have been read yet
        if not self._is_due(step):
            return None
        self._measure()
        if self.times.plans == DECIDED:
            self._choose_validations(tokens_per_step)
        steps = step + round(self._left(step) / self.times.per_step)
        if abs(steps - self.plan.steps) <= WORTH_CHANGING * steps:
            return None
        return self.plan.changed(step, steps)

    def rebudget(self, step: int) -> None:
        """Plan anew after a change of the budget; progress is then counted on the whole new run.

        Args:
            step: Steps taken so far.
        """
        self.times.plans = DECIDED if self.times.per_step else 0
        if not self.config.minutes:
            self.plan = StepPlan.of(self._epoch_steps)
            self.times.validations = self.config.validations
            self.times.validation_tokens = self._all_tokens
        elif not self.times.per_step:
            self.plan = StepPlan.of(UNKNOWN_STEPS)
        else:
            self.plan = StepPlan.of(step + round(self._left(step) / self.times.per_step))

    def state(self) -> StateDict:
        """Return the plan, the durations and the budget they belong to."""
        return {
            "plan": self.plan.to_json(),
            "times": asdict(self.times),
            "minutes": self.config.minutes,
            "epochs": self.config.epochs,
        }

    def load(self, state: StateDict) -> None:
        """Take over a plan and durations; `is_changed` then compares the budgets."""
        self.times = StepTimes(**state["times"])
        self.plan = StepPlan.from_json(state["plan"])
        stored = (float(state["minutes"]), float(state["epochs"]))
        self.is_changed = stored != (self.config.minutes, self.config.epochs)

    def _is_due(self, step: int) -> bool:
        """Return whether a point of REPLAN_AT was reached since the last plan."""
        passed = self.times.plans
        if passed == 1 and step < MIN_STEPS:
            return False
        fraction = self.elapsed() / self.budget
        while passed < len(REPLAN_AT) and fraction >= REPLAN_AT[passed]:
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

    def _choose_validations(self, tokens_per_step: int) -> None:
        """Choose number and length of the validations, within the time for them."""
        per_token = GUESS * self.times.per_step / tokens_per_step
        allowed = self.config.validation_fraction * self.budget
        affordable = self._affordable(self._all_tokens * per_token)
        self.times.validations = min(self.config.validations, affordable)
        self.times.validation_seconds = per_token
        part = allowed / self.times.validations / per_token
        self.times.validation_tokens = max(1, min(self._all_tokens, int(part)))

    def _affordable(self, seconds: float) -> int:
        """Return the number of validations of so many seconds that fit into the time for them."""
        allowed = self.config.validation_fraction * self.budget
        return max(FEWEST, int(allowed / max(1e-9, seconds)))

    def _left(self, step: int) -> float:
        """Return the seconds left for steps alone."""
        return max(0.0, self.budget - self.times.seconds - self._reserve(step))

    def _reserve(self, step: int) -> float:
        """Return the seconds to keep for the validations to come and the work after them."""
        times = self.times
        done = int(self.plan.progress(step) * times.validations)
        validating = (times.validations - done) * times.validation_tokens * times.validation_seconds
        return min(validating + self._final_seconds(), self.budget / 2)

    def _final_seconds(self) -> float:
        """Return the seconds kept for the work after the last step."""
        seconds = self._final_readings * self._all_tokens * self.times.validation_seconds
        return min(seconds, self.budget / 3)

    def _exact_part(self) -> float:
        """Return the steps of the exact part, those taken included."""
        return self.plan.steps - self.plan.step_at(1.0 - (self.config.exact_fraction or 0.0))

    def _exact_rate(self) -> float:
        """Return the seconds per step of the exact part, measured or expected."""
        if self.times.exact_steps >= MIN_STEPS:
            return self.times.exact_seconds / self.times.exact_steps
        return self._rate() + self.times.exact_extra

    def _rate(self) -> float:
        """Return the seconds per step by the latest measurement there is."""
        if not self.times.steps:
            return self.times.per_step
        return self.times.step_seconds / self.times.steps
