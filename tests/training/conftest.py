"""A model, a text and a clock of a few numbers, for the tests of training."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from lmkit.models.trainable import Loss, Trainable
from lmkit.nn.cells.lstm import LSTMCell
from lmkit.nn.dropout import locked_dropout
from lmkit.nn.train_mode import TrainMode
from lmkit.training.config import TrainingConfig
from lmkit.training.run_context import RunContext
from lmkit.training.trainer import Trainer
from lmkit.training.validation import Validation

VOCAB = 7


@dataclass(frozen=True)
class Window:
    inputs: Tensor
    targets: Tensor


class TinyModel(Trainable[Window, tuple[Tensor, ...]]):
    """An LSTM over seven words, with dropout, so that chance takes part."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.embedding = nn.Embedding(VOCAB, 6)
        self.cell = LSTMCell(6, 8)
        self.head = nn.Linear(8, VOCAB)
        for weight in self.parameters():
            nn.init.uniform_(weight, -0.3, 0.3, generator=generator)
        self.spoil_at: tuple[int, ...] = ()
        self.losses = 0
        self.modes: list[TrainMode] = []

    def start(self, batch: int) -> tuple[Tensor, ...]:
        return self.cell.start(batch)

    def loss(self, batch: Window, state, mode: TrainMode | None = None):
        x = locked_dropout(self.embedding(batch.inputs.t()), 0.1, mode)
        hidden, state = self.cell(x, state)
        logits = self.head(hidden).flatten(0, 1)
        nats = functional.cross_entropy(logits, batch.targets.t().flatten(), reduction="sum")
        if mode is not None:
            self.modes.append(mode)
            if self.losses in self.spoil_at:
                nats = nats * float("nan")
            self.losses += 1
        count = batch.targets.numel()
        return Loss(nats / count, nats.detach(), count), state


class TinyWindows:
    """Windows over a cycle of words; each step taken moves the clock on."""

    batch = 3
    steps_per_epoch = 10

    def __init__(self, clock: "Clock | None" = None, seconds: float = 0.1) -> None:
        self.clock, self.seconds = clock, seconds

    def at(self, cursor: int) -> Window:
        if self.clock is not None:
            self.clock.now += self.seconds
        start = (cursor % self.steps_per_epoch) * 5 + torch.arange(3)[:, None] * 2
        ids = (start + torch.arange(6)[None, :]) ** 2 % VOCAB
        return Window(ids[:, :-1], ids[:, 1:])

    def starts_epoch(self, cursor: int) -> bool:
        return cursor % self.steps_per_epoch == 0


class TinyValidator:
    """Three windows, read in the time of a validation."""

    tokens = 45

    def __init__(
        self, model: TinyModel, clock: "Clock | None" = None, seconds: float = 0.0
    ) -> None:
        self.model, self.clock, self.seconds = model, clock, seconds
        self.factor = 1.0  # of the nats, to make perplexities too large

    def validate(self, tokens: int) -> Validation:
        if self.clock is not None:
            self.clock.now += self.seconds * tokens / self.tokens
        device = self.model.head.weight.device
        with torch.no_grad():
            windows = [TinyWindows().at(cursor) for cursor in range(3)]
            windows = [Window(w.inputs.to(device), w.targets.to(device)) for w in windows]
            losses = [self.model.loss(window, self.model.start(3))[0] for window in windows]
        nats = self.factor * sum(float(loss.nats) for loss in losses)
        return Validation(nats=nats, tokens=45, words=45.0)


@dataclass
class Clock:
    """A clock that only moves when told."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def make_trainer(
    *,
    config: TrainingConfig,
    clock: Clock | None = None,
    step_seconds: float = 0.1,
    validation_seconds: float = 0.0,
    model: TinyModel | None = None,
    **context: object,
) -> Trainer:
    """Return a trainer of a new tiny model."""
    clock = clock or Clock()
    model = model or TinyModel()
    return Trainer(
        model,
        TinyWindows(clock, step_seconds),
        TinyValidator(model, clock, validation_seconds),
        config=config,
        context=RunContext(**{"clock": clock, "seed": 1, **context}),
    )


def after(steps: int) -> Callable[[], bool]:
    """Return a `stop` that says yes after so many steps."""
    asked = iter(range(10**6))
    return lambda: next(asked) >= steps


@pytest.fixture
def tiny() -> SimpleNamespace:
    """All of the above."""
    return SimpleNamespace(
        make_trainer=make_trainer,
        after=after,
        Model=TinyModel,
        Windows=TinyWindows,
        Validator=TinyValidator,
        Clock=Clock,
    )
