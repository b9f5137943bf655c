"""One training step: forward, backward, mean over the processes, clipping, optimisers.

On another device than the CPU a step only gives orders and waits for nothing; its measurements stay
there until they are read. Knows no plan, no clock and no files.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

import torch
from torch import Tensor

from lmkit.core.devices import device_of
from lmkit.core.seeding import step_generator
from lmkit.models.trainable import Loss, Trainable
from lmkit.nn.batch_part import BatchPart
from lmkit.nn.embedding import RowGradients, TableEmbedding
from lmkit.nn.precision import set_product_dtype
from lmkit.nn.recurrent import compile_cells
from lmkit.nn.state import detached, tensors_of, with_tensors
from lmkit.nn.train_mode import TrainMode
from lmkit.training.checkpoint import StateDict
from lmkit.training.config import TrainingConfig
from lmkit.training.device_windows import DeviceWindows, Windows
from lmkit.training.optimizers.build import OPTIMIZERS, row_tables, tables_read_whole
from lmkit.training.precision import product_dtype
from lmkit.training.schedules import dropout_scale, epochs_scale, schedule_factor
from lmkit.training.step_report import Measured, StepReport, read_reports
from lmkit.training.world import SingleProcess, World

B = TypeVar("B")
S = TypeVar("S")

CLIP_EPSILON = 1e-6  # keeps the quotient finite, as in torch


class TrainStep(Generic[B, S]):
    """A model, its optimisers and the state it carries from window to window.

    Batches are moved to the device of the model here and nowhere else, each a step ahead.
    Everything random in a step is drawn from a generator made of the seed and the number of the
    step, in every process alike: several compute what one would, each on its own streams.

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
        if config.compile_cells:
            compile_cells(task)
        self.optimizers = OPTIMIZERS.get(config.optimizer)(task, config)
        self.carried: S | None = None
        self._windows = windows
        self._config = config
        self._seed = seed
        self._world = world or SingleProcess()
        self._part = _part_of(self._world, windows.batch)
        self._device = device_of(task)
        self._is_elsewhere = self._device.type != "cpu"
        self._sent = DeviceWindows(windows, self._device) if self._is_elsewhere else None
        self._weights = [weight for weight in task.parameters() if weight.requires_grad]
        self._sparse = [table.weight for table in row_tables(task, config)]
        self._tables = [m.weight for m in task.modules() if isinstance(m, TableEmbedding)]
        self._late = [table.weight for table in tables_read_whole(task)]

    def step(
        self, cursor: int, *, progress: float, rate_factor: float, epochs: float = math.inf
    ) -> StepReport:
        """Take one step as `take` does, and wait for its measurements.

        Args:
            cursor: Number of the step and of its window.
            progress: Fraction of the run done before it, 0..1.
            rate_factor: Factor of the rate that the schedule gives.
            epochs: Epochs of the whole run, as it is planned now.

        Returns:
            What was measured.
        """
        taken = self.take(cursor, progress=progress, rate_factor=rate_factor, epochs=epochs)
        return read_reports([taken])[0]

    def take(
        self, cursor: int, *, progress: float, rate_factor: float, epochs: float = math.inf
    ) -> Measured:
        """Take one step; on the CPU weights are left alone if loss or gradient is not finite.

        Another device is not asked whether they are: its weights are spoilt then, and so they are
        until the measurements are read and the run goes back to its best weights.

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
        if self._is_elsewhere or measured.isfinite().all():
            self.optimizers.set_rate(factor)
            self.optimizers.step()
        if self._sent is not None:
            self._sent.prepare(cursor + 1)
        return Measured(
            nats=measured[:, 1].sum(),
            gradient_norm=measured[0, 2],  # of the first: all go by the same number
            count=loss.count if part is None else loss.count // part.rows * part.total,
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
            float(self._clip())  # waits for a device
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
            rows=self._rows(),
            part=self._part,
        )

    def _rows(self) -> RowGradients:
        """Return the tables kept by rows: none on a device, where to sort out rows is to wait."""
        return RowGradients() if self._is_elsewhere else RowGradients(self._sparse, self._late)

    def _backward(self, cursor: int, mode: TrainMode) -> Loss:
        """Compute loss and gradients of a window, and carry its state on."""
        loss, after = self.task.loss(self._window(cursor), self._state_at(cursor), mode)
        _weighted(loss.objective, self._part).backward()  # type: ignore[no-untyped-call]
        mode.rows.add_late_rows()
        self.carried = detached(after)
        return loss

    def _window(self, cursor: int) -> B:
        return self._windows.at(cursor) if self._sent is None else self._sent.at(cursor)

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
        if self._config.clip and self._is_elsewhere:
            factor_there = (self._config.clip / (norm + CLIP_EPSILON)).clamp(max=1.0)
            torch._foreach_mul_(gradients, factor_there)
        elif self._config.clip:
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
