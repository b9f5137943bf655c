"""One training step: forward, backward, mean over the processes, clipping, optimisers.

Knows no plan, no clock and no files.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Generic, Protocol, TypeVar, cast

import torch
from torch import Tensor

from lmkit.core.devices import device_of
from lmkit.core.seeding import step_generator
from lmkit.models.trainable import Loss, Trainable
from lmkit.nn.batch_part import BatchPart
from lmkit.nn.embedding import TableEmbedding
from lmkit.nn.precision import set_product_dtype
from lmkit.nn.row_gradients import RowGradients
from lmkit.nn.state import detached, tensors_of, with_tensors
from lmkit.nn.train_mode import TrainMode
from lmkit.training.checkpoint import StateDict
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers.build import OPTIMIZERS, row_tables, tables_read_whole
from lmkit.training.precision import product_dtype
from lmkit.training.schedules import dropout_scale, epochs_scale, schedule_factor
from lmkit.training.world import SingleProcess, World

B = TypeVar("B")
B_co = TypeVar("B_co", covariant=True)
S = TypeVar("S")
T = TypeVar("T")

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
        """Return the batch of a step, counted from the start of training, on the CPU."""
        ...

    def starts_epoch(self, cursor: int) -> bool:
        """Return whether the state is started anew at a step."""
        ...


@dataclass(frozen=True, slots=True)
class StepReport:
    """Measurements of one training step, over all processes."""

    nats: float  # sum over the predictions
    count: int  # predictions
    gradient_norm: float  # before clipping
    learning_rate: float
    is_exact: bool = False  # whether it belongs to the exact part of the run

    @property
    def mean(self) -> float:
        """Nats per prediction."""
        return self.nats / max(1, self.count)


class TrainStep(Generic[B, S]):
    """A model, its optimisers and the state it carries from window to window.

    Batches are moved to the device of the model here and nowhere else. Everything random in a step
    is drawn from a generator made of the seed and the number of the step, in every process alike:
    several processes compute what one would, each on its own streams.

    Attributes:
        task: The model that is trained.
        optimizers: Optimisers of its weights.
        carried: Recurrent state after the last window; None before the first.
    """

    def __init__(
        self,
        task: Trainable[B, S],
        windows: Windows[B],
        config: TrainingConfig,
        *,
        seed: int = 0,
        world: World | None = None,
    ) -> None:
        """Prepare training; the model is on its device already.

        Args:
            task: The model.
            windows: The training text.
            config: Settings of training.
            seed: Seed of dropout and sampling.
            world: Processes that train together; None: this one alone.
        """
        self.task = task
        set_product_dtype(task, product_dtype(config.precision, task))
        self.optimizers = OPTIMIZERS.get(config.optimizer)(task, config)
        self.carried: S | None = None
        self._windows = windows
        self._config = config
        self._seed = seed
        self._world = world or SingleProcess()
        self._part = _part_of(self._world, windows.batch)
        self._device = device_of(task)
        self._weights = [weight for weight in task.parameters() if weight.requires_grad]
        self._sparse = [table.weight for table in row_tables(task, config)]
        self._tables = [m.weight for m in task.modules() if isinstance(m, TableEmbedding)]
        self._late = [table.weight for table in tables_read_whole(task)]

    def step(
        self, cursor: int, *, progress: float, rate_factor: float, epochs: float = math.inf
    ) -> StepReport:
        """Take one step; weights are left alone if loss or gradient is not finite.

        Args:
            cursor: Number of the step and of its window.
            progress: Fraction of the run done before it, 0..1.
            rate_factor: Factor of the rate that the schedule gives.
            epochs: Epochs of the whole run, as it is planned now.

        Returns:
            What was measured.
        """
        factor, part = schedule_factor(progress, self._config) * rate_factor, self._part
        self.task.train()  # for kernels of torch that ask the module
        self.optimizers.clear_gradients()
        mode = self._mode(cursor, progress, epochs)
        loss = self._backward(cursor, mode)
        self._world.average_gradients(self._weights)
        norm = self._clip()
        self._decay_tables(epochs)
        measured = torch.stack((loss.objective.detach(), loss.nats, norm.to(loss.nats)))
        measured = self._world.gather(measured.unsqueeze(0))
        if measured.isfinite().all():
            self.optimizers.set_rate(factor)
            self.optimizers.step()
        return StepReport(
            nats=float(measured[:, 1].sum()),
            count=loss.count if part is None else loss.count // part.rows * part.total,
            gradient_norm=float(measured[0, 2]),  # of the first: all go by the same number
            learning_rate=self._config.learning_rate * factor,
            is_exact=mode.is_exact,
        )

    def exact_extra(self, cursor: int, clock: Callable[[], float]) -> float:
        """Measure how much longer an exact step takes than a sampled one; nothing is learned.

        Args:
            cursor: Number of a window.
            clock: Seconds from any start.

        Returns:
            Seconds, 0 or more.
        """
        carried, mode = self.carried, self._mode(cursor, 0.0, 1.0)
        self.task.train()
        shortest: dict[bool, float] = {}
        for is_exact in (True, False, True, False):  # the first of each has memory to ask for
            began = clock()
            self._backward(cursor, replace(mode, is_exact=is_exact))
            self._clip()  # waits for a device
            shortest[is_exact] = min(clock() - began, shortest.get(is_exact, math.inf))
            self.optimizers.clear_gradients()
            self.carried = carried
        return max(0.0, shortest[True] - shortest[False])

    def forget(self) -> None:
        """Drop the recurrent state and the moments of the optimisers: both may be spoilt."""
        self.carried = None
        self.optimizers.forget()
        self.optimizers.clear_gradients()

    def state(self) -> StateDict:
        """Return the tensors of the recurrent state by number; none before the first window.

        They hold the rows of all processes, of which every one must ask.
        """
        part, tensors = self._part, tensors_of(self.carried)
        whole = tensors if part is None else [part.whole(tensor) for tensor in tensors]
        return {str(number): tensor for number, tensor in enumerate(whole)}

    def load(self, state: StateDict) -> None:
        """Take over a recurrent state, of which this process has its own rows."""
        ordered = [state[str(number)] for number in range(len(state))]
        if self._part is not None:
            ordered = [self._part.own(tensor) for tensor in ordered]
        self.carried = with_tensors(self._start(), ordered) if ordered else None

    def _mode(self, cursor: int, progress: float, epochs: float) -> TrainMode:
        return TrainMode(
            generator=step_generator(self._seed, cursor, device=self._device),
            dropout_scale=dropout_scale(progress, self._config, epochs=epochs),
            is_exact=progress >= 1.0 - (self._config.exact_fraction or 0.0),
            rows=RowGradients(self._sparse, self._late),
            part=self._part,
        )

    def _backward(self, cursor: int, mode: TrainMode) -> Loss:
        """Compute loss and gradients of a window, and carry its state on."""
        batch = to_device(self._windows.at(cursor), self._device)
        loss, after = self.task.loss(batch, self._state_at(cursor), mode)
        _weighted(loss.objective, self._part).backward()  # type: ignore[no-untyped-call]
        mode.rows.add_late_rows()
        self.carried = detached(after)
        return loss

    def _state_at(self, cursor: int) -> S:
        if self.carried is None or self._windows.starts_epoch(cursor):
            return self._start()
        return self.carried

    def _start(self) -> S:
        return self.task.start(self._windows.batch)

    def _decay_tables(self, epochs: float) -> None:
        """Add the L2 of the word vectors to their gradient: none in a single epoch."""
        factor = self._config.table_decay * epochs_scale(self._config, epochs=epochs)
        if factor:
            for table in self._tables:
                add_decay(table, factor)

    def _clip(self) -> Tensor:
        """Shorten the gradient if it is too long; return its norm before."""
        gradients = [_values(weight) for weight in self._weights if weight.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        if self._config.clip:
            factor = self._config.clip / (float(norm) + CLIP_EPSILON)
            if factor < 1.0:  # else every gradient would be read and written for nothing
                torch._foreach_mul_(gradients, factor)
        return norm


def _part_of(world: World, batch: int) -> BatchPart | None:
    """Return the rows of this process among those of all; None where it has all."""
    if world.size == 1:
        return None
    counts = world.gather(torch.tensor([batch])).tolist()
    return BatchPart(counts=tuple(counts), rank=world.rank, join=world.gather)


def _weighted(objective: Tensor, part: BatchPart | None) -> Tensor:
    """Return an objective whose mean over the processes is that over all rows."""
    return objective if part is None or part.weight == 1.0 else objective * part.weight


def to_device(value: T, device: torch.device) -> T:
    """Return a value with its tensors on a device.

    Args:
        value: A tensor, or a tuple or frozen dataclass of such; anything else stays as it is.
        device: The device wanted.

    Returns:
        A value of the same form; tensors that are already there are not copied.
    """
    if isinstance(value, Tensor):
        return cast("T", value.to(device, non_blocking=True))
    if isinstance(value, tuple):
        return cast("T", tuple(to_device(part, device) for part in value))
    if is_dataclass(value) and not isinstance(value, type):
        parts = {part.name: getattr(value, part.name) for part in fields(value) if part.init}
        return replace(value, **{name: to_device(part, device) for name, part in parts.items()})
    return value


def add_decay(table: Tensor, factor: float) -> None:
    """Add `factor` times a table to its gradient; to a sparse gradient, the rows it has."""
    gradient = table.grad
    if gradient is None:
        return
    if gradient.is_sparse:
        rows = gradient.coalesce()
        table.grad = torch.sparse_coo_tensor(
            rows.indices(),
            rows.values().add(table.detach()[rows.indices()[0]], alpha=factor),
            rows.shape,
            is_coalesced=True,
            check_invariants=False,
        )
    else:
        gradient.add_(table.detach(), alpha=factor)


def _values(weight: Tensor) -> Tensor:
    """Return the numbers of a gradient; of a sparse one those of its rows, each row once."""
    if weight.grad is None:
        raise ValueError("the weight has no gradient")
    if weight.grad.is_sparse:
        weight.grad = weight.grad.coalesce()
        return weight.grad._values()
    return weight.grad
