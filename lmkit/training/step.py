"""One step down: read a window, go back through it, clip, move the weights.

Knows no plan, no clock and no files.
"""

import math
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn

from lmkit.core.devices import keep_freed_memory
from lmkit.models.trainable import Trainable
from lmkit.nn.embedding import late_rows, row_gradients
from lmkit.nn.state import detached
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers.build import OPTIMIZERS, row_tables, tables_read_whole
from lmkit.training.schedules import dropout_share, rate_share

B = TypeVar("B")
B_co = TypeVar("B_co", covariant=True)
S = TypeVar("S")

CLIP_EPSILON = 1e-6  # keeps the quotient finite, as in torch


class Windows(Protocol[B_co]):
    """The batches of a training text, by number."""

    @property
    def batch(self) -> int:
        """Streams read side by side."""
        ...

    @property
    def steps_per_epoch(self) -> int:
        """Windows of a stream."""
        ...

    def at(self, cursor: int) -> B_co:
        """Return the batch of a step, counted from the start of training."""
        ...

    def starts_epoch(self, cursor: int) -> bool:
        """Say whether the state is started anew at a step."""
        ...


@runtime_checkable
class DropoutScaled(Protocol):
    """A model whose dropout can be made less as training goes on."""

    def set_dropout_scale(self, scale: float) -> None:
        """Multiply every dropout rate."""
        ...


@runtime_checkable
class SometimesExact(Protocol):
    """A model that may train on an estimate of its loss, and on the loss itself."""

    def set_exact(self, is_exact: bool) -> None:
        """Say which."""
        ...


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step showed."""

    nats: float  # sum over the predictions
    count: int  # predictions
    gradient_norm: float  # before clipping
    learning_rate: float

    @property
    def mean(self) -> float:
        """Nats per prediction."""
        return self.nats / max(1, self.count)


class TrainStep(Generic[B, S]):
    """A model, its optimizers and the state it carries from window to window.

    Attributes:
        model: What is trained.
        optimizers: What moves its weights.
        state: Recurrent state after the last window; None before the first.
    """

    def __init__(
        self, model: nn.Module, task: Trainable[B, S], windows: Windows[B], config: TrainingConfig
    ) -> None:
        self.model = model
        self.optimizers = OPTIMIZERS.get(config.optimizer)(model, config)
        self.state: S | None = None
        self._task = task
        self._windows = windows
        self._config = config
        self._weights = [weight for weight in model.parameters() if weight.requires_grad]
        self._row_tables = row_tables(model, config)
        if not self._row_tables:  # else each step has gradients of other sizes
            keep_freed_memory()
        self._read_whole = tables_read_whole(model)

    def step(
        self, cursor: int, *, progress: float, rate_factor: float, passes: float = math.inf
    ) -> StepReport:
        """Take one step; weights are left alone if loss or gradient is no finite number.

        Args:
            cursor: Number of the window.
            progress: Share of the run done before it, 0..1.
            rate_factor: Share of the planned rate to use.
            passes: Passes over the text in the whole run, as it is planned now.

        Returns:
            What was seen.
        """
        share = rate_share(progress, self._config) * rate_factor
        if isinstance(self.model, DropoutScaled):
            self.model.set_dropout_scale(dropout_share(progress, self._config, passes=passes))
        if isinstance(self.model, SometimesExact):
            exact_share = self._config.exact_share or 0.0
            self.model.set_exact(progress >= 1.0 - exact_share)
        self.model.train()
        self.optimizers.clear_gradients()
        with row_gradients(self._row_tables), late_rows(self._read_whole):
            loss, state = self._task.loss(self._windows.at(cursor), self._state_at(cursor))
            loss.objective.backward()  # type: ignore[no-untyped-call]
        norm = self._clip()
        if norm.isfinite() and loss.objective.isfinite():
            self.optimizers.set_rate(share)
            self.optimizers.step()
        self.state = detached(state)
        rate = self._config.learning_rate * share
        return StepReport(float(loss.nats), loss.count, float(norm), rate)

    def forget(self) -> None:
        """Drop the state and the optimizers' moments: both may be spoilt."""
        self.state = None
        self.optimizers.forget()
        self.optimizers.clear_gradients()

    def empty_state(self) -> S:
        """Return the state of having read nothing."""
        return self._task.start(self._windows.batch)

    def _state_at(self, cursor: int) -> S:
        if self.state is None or self._windows.starts_epoch(cursor):
            return self.empty_state()
        return self.state

    def _clip(self) -> Tensor:
        """Shorten the gradient if it is too long; return its norm before."""
        gradients = [_values(weight) for weight in self._weights if weight.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients, foreach=True)
        if self._config.clip:
            factor = self._config.clip / (float(norm) + CLIP_EPSILON)
            if factor < 1.0:  # else every gradient would be read and written for nothing
                torch._foreach_mul_(gradients, factor)
        return norm


def _values(weight: Tensor) -> Tensor:
    """Return the numbers of a gradient; of a sparse one those of its rows, each row once."""
    if weight.grad is None:
        raise ValueError("the weight has no gradient")
    if weight.grad.is_sparse:
        weight.grad = weight.grad.coalesce()
        return weight.grad._values()
    return weight.grad
