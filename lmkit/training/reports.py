"""Events that tell how far a run is, made of its numbers. Knows no model, and takes no step."""

from lmkit.core.perplexity import perplexity
from lmkit.training.budget import TimeBudget
from lmkit.training.events import Planned, Progress
from lmkit.training.state import StepMeter, TrainerState


def plan_report(state: TrainerState, budget: TimeBudget, steps_per_epoch: int) -> Planned:
    """Return the steps, seconds and epochs of the whole run, as it is planned now.

    Args:
        state: Steps taken so far.
        budget: Plan of the steps.
        steps_per_epoch: Steps of one epoch of the training text.
    """
    return Planned(
        step=state.step,
        steps=budget.plan.steps,
        seconds=budget.expected(state.step),
        epochs=budget.epochs(steps_per_epoch),
    )


def progress_report(
    meter: StepMeter,
    state: TrainerState,
    *,
    budget: TimeBudget,
    steps_per_epoch: float,
    tokens_per_word: float,
) -> Progress:
    """Return what the steps since the last report came to.

    Args:
        meter: Sums over these steps; of one step at least.
        state: Steps and tokens so far.
        budget: Plan of the steps, and the time used.
        steps_per_epoch: Steps in which the text is read once.
        tokens_per_word: Tokens that a word has on average.
    """
    seconds = budget.elapsed()
    return Progress(
        step=state.step,
        steps=budget.plan.steps,
        epoch=state.step / steps_per_epoch,
        tokens=state.tokens,
        words_per_second=meter.per_second / tokens_per_word,
        nats=meter.mean,
        perplexity=perplexity(meter.nats, meter.count / tokens_per_word),
        learning_rate=meter.last.learning_rate,
        gradient_norm=meter.last.gradient_norm,
        seconds=seconds,
        seconds_left=max(0.0, budget.expected(state.step) - seconds),
    )
