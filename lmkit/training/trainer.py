"""The training loop: detach, loss, backward, clip, step, yield; for any model that is `Trainable`.

It yields events and stops between two steps; the caller prints, logs and saves the model. It knows
neither words nor cells, and not what the windows hold.
"""

import math
from collections.abc import Iterator
from typing import Generic, TypeVar

from torch import Tensor, nn

from lmkit.core.errors import LmkitError
from lmkit.models.trainable import Trainable
from lmkit.models.weights import load_weights, weights_of
from lmkit.training.averaging import AVERAGERS, RunProgress
from lmkit.training.budget import TimeBudget
from lmkit.training.config import TrainingConfig
from lmkit.training.divergence import DivergenceWatch
from lmkit.training.events import (
    Event,
    Finished,
    Planned,
    Progress,
    Recovered,
    Saved,
    Validated,
    Warned,
)
from lmkit.training.resume import restore, store
from lmkit.training.run_context import RunContext, Validator
from lmkit.training.state import StepMeter, TrainerState
from lmkit.training.step import StepReport, TrainStep, Windows

B = TypeVar("B")
S = TypeVar("S")

REPORT_SECONDS = 0.5  # between two Progress events
RATE_AFTER_RECOVERY = 0.5
MAX_RECOVERIES = 5
REHEAT_STEPS = 50  # in which the rate rises again after a recovery
SAVING_SHARE = 20.0  # a checkpoint that took a second is followed by so many without one


class Trainer(Generic[B, S]):
    """One training run. After `run` the model holds the best weights found."""

    def __init__(
        self,
        model: nn.Module,
        task: Trainable[B, S],
        windows: Windows[B],
        validator: Validator,
        *,
        config: TrainingConfig,
        setting: RunContext,
    ) -> None:
        """Lay a run out.

        Args:
            model: Whose weights are trained.
            task: The same model, as what the trainer knows of it.
            windows: The training text.
            validator: Measures `model`.
            config: How to train.
            setting: Where to save, when to stop, whose clock.

        Raises:
            LmkitError: If the run to resume is damaged or was made of other data.
        """
        self.config = config
        self.setting = setting
        self.standing = TrainerState()
        self.descent: TrainStep[B, S] = TrainStep(model, task, windows, config)
        self.averager = AVERAGERS.get(config.averaging)(config)
        self.watch = DivergenceWatch()
        self.best = _copy(model)
        self.pace = TimeBudget(
            config,
            steps_per_epoch=windows.steps_per_epoch,
            validation_ids=validator.ids,
            closing=setting.closing,
            clock=setting.clock,
        )
        self._model = model
        self._windows = windows
        self._validator = validator
        self._meter = StepMeter()
        self._saved_at = self._saving_took = 0.0
        if setting.resume and setting.folder is not None:
            restore(self, setting.folder)

    def run(self) -> Iterator[Event]:
        """Train until the budget is used, nothing gets better, or `stop` says so.

        Yields:
            What happens, `Finished` last.

        Raises:
            LmkitError: If training diverges again and again, or nothing can be saved.
        """
        self.pace.start()
        self._saved_at = self._reported_at = self.setting.clock()
        if self.standing.step or not self.config.minutes:
            yield self._planned()
        while (reason := self._reason_to_end()) is None:
            yield from self._advance()
        yield from self._finish(reason)

    def _reason_to_end(self) -> str | None:
        if self.pace.is_over(self.standing.step):
            return "budget"
        if self.config.patience and self.standing.stale >= self.config.patience:
            return "early stop"
        return "interrupted" if self.setting.stop() else None

    def _advance(self) -> Iterator[Event]:
        """Take one step and do what is due after it."""
        report = self._step()
        if trouble := self.watch.reason(report.mean, report.gradient_norm):
            yield self._recover(trouble)
        elif self.averager.is_due(RunProgress(self._progress(), self.standing.stale)):
            self.averager.add(self._model, steps=self.pace.plan.steps)
        if self.pace.replan(self.standing.step, ids_per_step=max(1, report.count)):
            yield self._planned()
        if self.setting.clock() - self._reported_at >= REPORT_SECONDS:
            yield self._report()
        if self.pace.is_validation_due(self.standing.step):
            yield self._validate()
        if self._is_saving_due():
            yield from self._save()

    def _step(self) -> StepReport:
        standing = self.standing
        began = self.setting.clock()
        report = self.descent.step(
            standing.step,
            progress=self._progress(),
            rate_factor=self._rate_factor(),
            passes=self._passes(),
        )
        took = self.setting.clock() - began
        standing.step += 1
        standing.predictions += report.count
        self.pace.count_step(took)
        if math.isfinite(report.nats):
            self._meter.add(report, took)
        return report

    def _progress(self) -> float:
        return self.pace.plan.progress(self.standing.step)

    def _passes(self) -> float:
        """Return how often the whole run reads the text, as it is planned now."""
        return self.pace.plan.steps / self._windows.steps_per_epoch

    def _rate_factor(self) -> float:
        """Return the share of the planned rate: less after a recovery, rising to it anew."""
        standing = self.standing
        if standing.recovered_at < 0:
            return 1.0
        steps = standing.step - standing.recovered_at
        return standing.rate_factor * min(1.0, (steps + 1) / REHEAT_STEPS)

    def _recover(self, reason: str) -> Recovered:
        """Go back to the best weights so far, forget all moments, and halve the rate."""
        standing = self.standing
        standing.recoveries += 1
        if standing.recoveries > MAX_RECOVERIES:
            raise LmkitError(
                f"training diverged {standing.recoveries} times ({reason}), even at "
                f"{standing.rate_factor:.1%} of the rate; try a smaller learning_rate"
            )
        standing.rate_factor *= RATE_AFTER_RECOVERY
        standing.recovered_at = standing.step
        load_weights(self._model, self.best)
        self.descent.forget()
        self.averager.restart()
        self.watch.restart()
        return Recovered(
            step=standing.step,
            back_to=standing.best_step,
            reason=reason,
            rate_factor=standing.rate_factor,
        )

    def _validate(self) -> Validated:
        """Measure the model, or its average where there is one; keep it if it is the best."""
        began = self.setting.clock()
        with self.averager.applied(self._model):
            perplexity, is_best = self._measure()
        took = self.setting.clock() - began
        self.pace.count_validation(took)
        self.standing.stale = 0 if is_best else self.standing.stale + 1
        return Validated(
            step=self.standing.step,
            perplexity=perplexity,
            is_best=is_best,
            seconds=took,
        )

    def _measure(self) -> tuple[float, bool]:
        standing = self.standing
        self._model.eval()
        perplexity = self._validator.perplexity(self.pace.times.validation_ids)
        standing.validated_step = standing.step
        is_best = perplexity < standing.best_perplexity
        if is_best:
            standing.best_perplexity, standing.best_step = perplexity, standing.step
            self.best = _copy(self._model)
        return perplexity, is_best

    def _is_saving_due(self) -> bool:
        if self.setting.folder is None:
            return False
        wait = max(self.config.checkpoint_minutes * 60.0, SAVING_SHARE * self._saving_took)
        return self.setting.clock() - self._saved_at >= wait

    def _save(self) -> Iterator[Event]:
        if self.setting.folder is None:
            return
        began = self.setting.clock()
        self.pace.elapsed()
        store(self, self.setting.folder)
        self._saved_at = self.setting.clock()
        self._saving_took = self._saved_at - began
        yield Saved(step=self.standing.step, path=str(self.setting.folder))

    def _finish(self, reason: str) -> Iterator[Event]:
        """Report, save, and leave the best weights in the model."""
        if reason == "interrupted":
            yield from self._save()
        if self._meter.count:
            yield self._report()
        has_best = reason == "interrupted" and math.isfinite(self.standing.best_perplexity)
        if self.standing.validated_step < self.standing.step and not has_best:
            if not self.pace.times.validation_ids:
                self.pace.times.validation_ids = self._validator.ids
            yield self._validate()
        if reason != "interrupted":
            yield from self._save()
        if not math.isfinite(self.standing.best_perplexity):
            yield Warned(message="no validation gave a finite perplexity; the first weights stay")
        load_weights(self._model, self.best)
        self._model.eval()
        yield Finished(
            step=self.standing.step,
            tokens=self.standing.predictions,
            reason=reason,
            best_perplexity=self.standing.best_perplexity,
            seconds=self.pace.elapsed(),
        )

    def _planned(self) -> Planned:
        return Planned(
            step=self.standing.step,
            steps=self.pace.plan.steps,
            seconds=self.pace.expected(self.standing.step),
            epochs=self._passes(),
        )

    def _report(self) -> Progress:
        meter, self._meter = self._meter, StepMeter()
        self._reported_at = self.setting.clock()
        seconds = self.pace.elapsed()
        per_word = self.setting.ids_per_word
        return Progress(
            step=self.standing.step,
            steps=self.pace.plan.steps,
            epoch=self.standing.step / self._windows.steps_per_epoch,
            tokens=self.standing.predictions,
            words_per_second=meter.per_second / per_word,
            nats=meter.mean,
            perplexity=math.exp(min(700.0, meter.mean * per_word)),
            learning_rate=meter.last.learning_rate,
            gradient_norm=meter.last.gradient_norm,
            seconds=seconds,
            seconds_left=max(0.0, self.pace.expected(self.standing.step) - seconds),
        )


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: weight.clone() for name, weight in weights_of(model).items()}
