"""Training loop for any model that is `Trainable`, as a stream of events.

It stops between two steps; the caller prints, logs and saves the model. It knows neither words nor
cells, and not what the windows hold. What is done between two steps is decided by `_decide` alone,
the only method in which a clock or `stop` has a say, and agreed on by all processes; durations that
other methods measure only enter its next decision.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

from lmkit.core.devices import device_of
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
from lmkit.training.checkpoint_times import CheckpointTimes
from lmkit.training.config import TrainingConfig
from lmkit.training.device_windows import Windows
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
from lmkit.training.exact_part import final_tokens, time_exact_part
from lmkit.training.recovery import Recovery
from lmkit.training.reports import plan_report, progress_report
from lmkit.training.run_context import RunContext
from lmkit.training.state import TrainerState
from lmkit.training.step import TrainStep
from lmkit.training.step_intake import StepIntake
from lmkit.training.validation import Validator
from lmkit.training.world import Decision

B = TypeVar("B")
S = TypeVar("S")

REPORT_SECONDS = 0.5  # between two Progress events


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
        self._intake = StepIntake(
            device_of(task), context.clock, budget=self.budget, watch=self._watch
        )
        self._times = CheckpointTimes(config)
        self._reported_at = 0.0
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
        self._reported_at = self.context.clock()
        self._times.start(self._reported_at)
        if self.state.step or not self.config.minutes:
            yield plan_report(self.state, self.budget, self._windows.steps_per_epoch)
        while True:
            decision = self.context.world.agree(self._decide())
            yield from self._carry_out(decision)
            if reason := decision.stop or self.config.early_stop(self.state.stale):
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
            report=now - self._reported_at >= REPORT_SECONDS and bool(self._intake.meter.count),
            validate=budget.times.validation_tokens if validates else 0,
            save=self._times.is_due(state.step, now),
        )

    def _carry_out(self, decision: Decision) -> Iterator[Event]:
        """Do what was decided; a checkpoint comes last and holds the results of the rest."""
        if decision.stop == "interrupted":
            return
        self.state.decided_step = self.state.step
        if decision.replan is not None:
            self.budget.plan = decision.replan
            yield plan_report(self.state, self.budget, self._windows.steps_per_epoch)
        if decision.report:
            yield self._report()
        if decision.validate or decision.save:
            yield from self._catch_up()
        if decision.validate:
            yield self._validate(decision.validate)
        if decision.save:
            yield from self._save()

    def _advance(self) -> Iterator[Event]:
        """Take one step, recover from divergence, and add to the average."""
        if trouble := self._step():
            yield self._recover(trouble)
        elif self._averager.is_due(
            RunProgress(self.budget.plan.progress(self.state.step), self.state.stale)
        ):
            self._averager.add(self.train_step.task, steps=self.budget.plan.steps)

    def _catch_up(self) -> Iterator[Event]:
        """Read the steps that still wait on a device, and recover if training has diverged."""
        if trouble := self._intake.catch_up():
            yield self._recover(trouble)

    def _step(self) -> str | None:
        """Take one step; return a sign of divergence."""
        self.context.before_step()
        state, began = self.state, self.context.clock()
        measured = self.train_step.take(
            state.step,
            progress=self.budget.plan.progress(self.state.step),
            rate_factor=self._recovery.rate_factor(state.step),
            epochs=self.budget.epochs(self._windows.steps_per_epoch),
        )
        trouble = self._intake.add(measured, began=began)
        state.step, state.tokens = state.step + 1, state.tokens + measured.count
        state.tokens_per_step = max(1, measured.count)
        time_exact_part(self.budget, self.train_step, state.step, self.context.clock)
        return trouble

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
        yield from self._catch_up()
        if reason == "interrupted":
            yield from self._save()
        if self._intake.meter.count:
            yield self._report()
        has_best = reason == "interrupted" and self._best.is_found
        if self.state.validated_step < self.state.step and not has_best:
            yield self._validate(final_tokens(self.budget, self._validator, self.context.world))
        if reason != "interrupted":
            yield from self._save()
        if not self._best.is_found:
            yield Warned(message="no validation gave a finite loss; the initial weights are kept")
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
        self._reported_at = self.context.clock()
        return progress_report(
            self._intake.next_meter(),
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
        folder, began = self.context.folder, self.context.clock()
        if folder is None:
            return
        self.budget.elapsed()
        states = run_states(self._parts(), fingerprint=self.context.fingerprint)  # of all processes
        if not self.context.world.is_writer:
            return
        save_checkpoint(folder, states)
        seconds = self._times.written(began, self.context.clock())
        yield Saved(step=self.state.step, path=str(folder), seconds=seconds)
