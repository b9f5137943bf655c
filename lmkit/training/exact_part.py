"""The end of a run: its last steps, with the whole softmax, and its last validation."""

from collections.abc import Callable
from typing import TypeVar

from lmkit.training.budget import TimeBudget
from lmkit.training.step import TrainStep
from lmkit.training.validation import Validator
from lmkit.training.world import Decision, World

B = TypeVar("B")
S = TypeVar("S")


def final_tokens(budget: TimeBudget, validator: Validator, world: World) -> int:
    """Return the tokens of the last validation, the same in all processes, and keep them.

    Args:
        budget: Plan of the steps, with what was timed so far.
        validator: Has the tokens that validation text has.
        world: All processes.
    """
    tokens = budget.times.validation_tokens or validator.tokens
    budget.times.validation_tokens = world.agree(Decision(validate=tokens)).validate
    return budget.times.validation_tokens


def time_exact_part(
    budget: TimeBudget, train_step: TrainStep[B, S], step: int, clock: Callable[[], float]
) -> None:
    """Measure ahead what the exact part of a run will take, where the time left depends on it.

    Args:
        budget: Plan of the steps; keeps the measurement.
        train_step: Takes the steps.
        step: The step that was taken last.
        clock: Seconds since any moment.
    """
    if budget.is_exact_due(step):
        budget.times.exact_extra = train_step.exact_extra(step, clock)
