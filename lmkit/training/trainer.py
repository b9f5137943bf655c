"""Training loop for any model that is `Trainable`, as a stream of events.

It stops between two steps; the caller prints, logs and saves the model. It knows neither words nor
cells, and not what the windows hold. What is done between two steps is decided by `_decide` alone,
the only method in which a clock or `stop` has a say, and agreed on by all processes; durations that
other methods measure only enter its next decision.
"""

import math
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from lmkit.models.trainable import Trainable
from lmkit.models.weights import weights_of
from lmkit.training.averaging import AVERAGERS, RunProgress
from lmkit.training.best_weights import BestWeights
from lmkit.training.budget import TimeBudget
from lmkit.training.checkpoint import (
    ModelState,
    Stateful,
    load_run,
    run_states,
    save_checkpoint,
)
from lmkit.training.config import TrainingConfig
from lmkit.training.divergence import DivergenceWatch
from lmkit.training.events import (
    Event,
    Finished,
    Progress,
    Recovered,
    Saved,
    Validated,
    Warned,
)
from lmkit.training.recovery import Recovery
from lmkit.training.reports import plan_report, progress_report
from lmkit.training.run_context import RunContext
from lmkit.training.state import StepMeter, TrainerState
from lmkit.training.step import StepReport, TrainStep, Windows
from lmkit.training.validation import Validator
from lmkit.training.world import Decision

B = TypeVar("B")
S = TypeVar("S")

REPORT_SECONDS = 0.5  # between two Progress events
SAVING_RATIO = 60.0  # a checkpoint that took a second is followed by so many without one


class Trainer(Generic[B, S]):
    """One training run. After `run` the model holds the best weights found.

    Attributes:
        config: Settings of training.
        context: Folder, processes, clock and request to stop.
        state: Steps taken, tokens and validations.
        budget: Plan of the steps.
        train_step: The model with its optimisers.
    """

    def __init__(
        self,
        task: Trainable[B, S],
        windows: Windows[B],
        validator: Validator,
        *,
        config: TrainingConfig,
        context: RunContext,
    ) -> None:
        """Prepare a run, or take one over from its checkpoint.

        Args:
            task: The model, on the device it is trained on.
            windows: The training text.
            validator: The validation text, read by `task`.
            config: Settings of training.
            context: Folder, processes, clock and request to stop.

        Raises:
            LmkitError: If the run to resume is damaged or was made of other data.
        """
        self.config = config
        self.context = context
        self.state = TrainerState()
        self.train_step: TrainStep[B, S] = TrainStep(
            task, windows, config, seed=context.seed, world=context.world
        )
        self.budget = TimeBudget(
            config,
            steps_per_epoch=windows.steps_per_epoch,
            validation_tokens=validator.tokens,
            final_readings=context.final_readings,
            clock=context.clock,
        )
        self._averager = AVERAGERS.get(config.averaging)(config)
        self._watch = DivergenceWatch()
        self._recovery = Recovery()
        self._best = BestWeights(task)
        self._windows = windows
        self._validator = validator
        self._meter = StepMeter()
        self._reported_at = self._saved_at = self._saving_took = 0.0
        if context.resume and context.folder is not None:
            load_run(context.folder, self._parts(), fingerprint=context.fingerprint)
            if self.budget.is_changed:  # plan the longer run anew
                self.state.stale = 0
                self.budget.rebudget(self.state.step)

    def run(self) -> Iterator[Event]:
        """Train until the budget is used, nothing gets better, or `stop` returns true.

        Yields:
            Events, `Finished` last.

        Raises:
            LmkitError: If training diverges again and again, or nothing can be saved.
        """
        self.budget.start()
        self._saved_at = self._reported_at = self.context.clock()
        if self.state.step or not self.config.minutes:
            yield plan_report(self.state, self.budget, epochs=self._epochs())
        while True:
            decision = self.context.world.agree(self._decide())
            yield from self._carry_out(decision)
            if reason := decision.stop or self._early_stop():
                break
            yield from self._advance()
        yield from self._finish(reason)

    def _decide(self) -> Decision:
        """Decide what is due after the steps taken so far, by the clock and by `stop`.

        A run that is resumed decides again after the same step: what was carried out there is not
        due again, and an interrupted run leaves everything else to the one that resumes it.
        """
        state, budget, now = self.state, self.budget, self.context.clock()
        is_over = budget.is_over(state.step, budget.plan)
        if not is_over and self.context.stop():
            return Decision(stop="interrupted")
        if state.step == state.decided_step:
            return Decision(stop="budget" if is_over else None)
        replan = budget.replanned(state.step, tokens_per_step=state.tokens_per_step)
        plan = replan or budget.plan
        validates = budget.is_validation_due(state.step, plan)
        return Decision(
            stop="budget" if budget.is_over(state.step, plan) else None,
            replan=replan,
            report=now - self._reported_at >= REPORT_SECONDS and bool(self._meter.count),
            validate=budget.times.validation_tokens if validates else 0,
            save=self._is_saving_due(now),
        )

    def _is_saving_due(self, now: float) -> bool:
        """Return whether to write a checkpoint: by the steps asked for, or by the time."""
        every = self.config.checkpoint_steps
        if every and self.state.step and self.state.step % every == 0:
            return True
        wait = max(self.config.checkpoint_minutes * 60.0, SAVING_RATIO * self._saving_took)
        return now - self._saved_at >= wait

    def _early_stop(self) -> str | None:
        """Return a reason where validations have brought nothing better for too long."""
        patience = self.config.patience
        return "early stop" if patience and self.state.stale >= patience else None

    def _carry_out(self, decision: Decision) -> Iterator[Event]:
        """Do what was decided; a checkpoint comes last and holds the results of the rest."""
        if decision.stop == "interrupted":
            return
        self.state.decided_step = self.state.step
        if decision.replan is not None:
            self.budget.plan = decision.replan
            yield plan_report(self.state, self.budget, epochs=self._epochs())
        if decision.report:
            yield self._report()
        if decision.validate:
            yield self._validate(decision.validate)
        if decision.save:
            yield from self._save()

    def _advance(self) -> Iterator[Event]:
        """Take one step, recover from divergence, and add to the average."""
        report = self._step()
        if trouble := self._watch.reason(report.mean, report.gradient_norm):
            yield self._recover(trouble)
        elif self._averager.is_due(RunProgress(self._progress(), self.state.stale)):
            self._averager.add(self.train_step.task, steps=self.budget.plan.steps)

    def _step(self) -> StepReport:
        self.context.before_step()
        state, began = self.state, self.context.clock()
        report = self.train_step.step(
            state.step,
            progress=self._progress(),
            rate_factor=self._recovery.rate_factor(state.step),
            epochs=self._epochs(),
        )
        took = self.context.clock() - began
        state.step, state.tokens = state.step + 1, state.tokens + report.count
        state.tokens_per_step = max(1, report.count)
        self.budget.count_step(took, is_exact=report.is_exact)
        _time_exact_part(self.budget, self.train_step, state.step, self.context.clock)
        if math.isfinite(report.nats):
            self._meter.add(report, took)
        return report

    def _progress(self) -> float:
        return self.budget.plan.progress(self.state.step)

    def _epochs(self) -> float:
        """Return the epochs of the whole run, as it is planned now."""
        return self.budget.plan.steps / self._windows.steps_per_epoch

    def _recover(self, reason: str) -> Recovered:
        """Go back to the best weights so far, forget all moments, and halve the rate."""
        self._recovery.add(self.state.step, reason)
        self._best.restore()
        self.train_step.forget()
        self._averager.restart()
        self._watch.restart()
        return Recovered(
            step=self.state.step,
            back_to=self._best.step,
            reason=reason,
            rate_factor=self._recovery.factor,
        )

    def _validate(self, tokens: int) -> Validated:
        """Validate the model, or its average where there is one; keep it if it is the best."""
        state, began = self.state, self.context.clock()
        self.context.world.align(list(weights_of(self.train_step.task).values()))
        with self._averager.applied(self.train_step.task):
            self.train_step.task.eval()
            found = self._validator.validate(tokens)
            is_best = self._best.offer(state.step, found)
        took = self.context.clock() - began
        self.budget.count_validation(took)
        state.validated_step = state.step
        state.stale = 0 if is_best else state.stale + 1
        return Validated(
            step=state.step,
            nats=found.nats_per_token,
            perplexity=found.perplexity,
            is_best=is_best,
            seconds=took,
        )

    def _finish(self, reason: str) -> Iterator[Event]:
        """Report, save, and leave the best weights in the model."""
        if reason == "interrupted":
            yield from self._save()
        if self._meter.count:
            yield self._report()
        has_best = reason == "interrupted" and self._best.is_found
        if self.state.validated_step < self.state.step and not has_best:
            tokens = self.budget.times.validation_tokens or self._validator.tokens
            tokens = self.context.world.agree(Decision(validate=tokens)).validate
            self.budget.times.validation_tokens = tokens
            yield self._validate(tokens)
        if reason != "interrupted":
            yield from self._save()
        if not self._best.is_found:
            yield Warned(message="no validation gave a finite loss; the first weights stay")
        self._best.restore()
        self.train_step.task.eval()
        yield Finished(
            step=self.state.step,
            tokens=self.state.tokens,
            reason=reason,
            best_perplexity=self._best.perplexity,
            seconds=self.budget.elapsed(),
        )

    def _report(self) -> Progress:
        meter, self._meter = self._meter, StepMeter()
        self._reported_at = self.context.clock()
        return progress_report(
            meter,
            self.state,
            budget=self.budget,
            steps_per_epoch=self._windows.steps_per_epoch,
            tokens_per_word=self.context.tokens_per_word,
        )

    def _parts(self) -> dict[str, Stateful]:
        """Return the parts of the run that a checkpoint holds."""
        return {
            "model": ModelState(self.train_step.task),
            "best": self._best,
            "average": self._averager,
            "optimizer": self.train_step.optimizers,
            "carried": self.train_step,
            "trainer": self.state,
            "budget": self.budget,
            "watch": self._watch,
            "recovery": self._recovery,
        }

    def _save(self) -> Iterator[Event]:
        folder = self.context.folder
        if folder is None:
            return
        began = self.context.clock()
        self.budget.elapsed()
        states = run_states(self._parts(), fingerprint=self.context.fingerprint)  # of all processes
        if not self.context.world.is_writer:
            return
        save_checkpoint(folder, states)
        self._saved_at = self.context.clock()
        self._saving_took = self._saved_at - began
        yield Saved(step=self.state.step, path=str(folder))


def _time_exact_part(
    budget: TimeBudget, train_step: TrainStep[B, S], step: int, clock: Callable[[], float]
) -> None:
    """Measure ahead what the exact part of a run will take, where the time left depends on it."""
    if budget.is_exact_due(step):
        budget.times.exact_extra = train_step.exact_extra(step, clock)
