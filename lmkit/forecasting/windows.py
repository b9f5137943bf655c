"""Windows of a series: batches for the trainer, and the validation of a model on them."""

import math

import numpy as np
import torch
from torch import Tensor

from lmkit.core.errors import DataError
from lmkit.core.seeding import make_generator
from lmkit.forecasting.model import ForecastModel, SeriesWindow
from lmkit.forecasting.scaling import season_waves
from lmkit.forecasting.series import Values
from lmkit.training.validation import Validation

SEED_STRIDE = 1_000_003  # between the draws of one seed and those of the next


def series_tensors(scaled: Values, *, first: int, season: int) -> SeriesWindow:
    """Return a whole scaled series as one window.

    Args:
        scaled: Shape (time, columns).
        first: Number of the first observation, counted from the beginning of the series.
        season: Observations of a season.

    Returns:
        Inputs (1, time - 1, columns + waves), whose waves encode the place of the target in the
        season, and targets (1, time - 1, columns).
    """
    waves = season_waves(first + 1, first + len(scaled), season)
    inputs = np.concatenate([scaled[:-1], waves], axis=1)
    return SeriesWindow(_tensor(inputs), _tensor(scaled[1:]))


class SeriesWindows:
    """Windows that begin at random for each step, each with a new state.

    Attributes:
        batch: Windows side by side.
        steps_per_epoch: Steps that read about as many numbers as the series has.
    """

    def __init__(self, series: SeriesWindow, *, batch: int, time: int, seed: int) -> None:
        self.batch = batch
        self._series = series
        self._length = series.targets.shape[1]
        self._time = min(time, self._length)
        self._seed = seed
        if self._length < 2:
            raise DataError("the series is too short to learn from; give more observations")
        self.steps_per_epoch = max(1, math.ceil(self._length / (batch * self._time)))

    def at(self, cursor: int) -> SeriesWindow:
        """Return the windows of a step: equal steps of equal seeds give equal windows."""
        generator = make_generator(self._seed * SEED_STRIDE + cursor)
        latest = self._length - self._time + 1
        starts = torch.randint(latest, (self.batch, 1), generator=generator)
        rows = starts + torch.arange(self._time)
        return SeriesWindow(self._series.inputs[0, rows], self._series.targets[0, rows])

    def starts_epoch(self, cursor: int) -> bool:
        """Return True: each window begins with a new state."""
        return cursor >= 0


class SeriesValidator:
    """Validation of a model on the end of a series, after reading all of it."""

    def __init__(self, model: ForecastModel, series: SeriesWindow, *, tail: int) -> None:
        self._model = model
        self._series = series
        self._tail = tail or series.targets.shape[1]

    @property
    def tokens(self) -> int:
        """Number of times that are measured."""
        return self._tail

    def validate(self, tokens: int) -> Validation:
        """Measure the last times, `tokens` of them at most; every number counts as a word."""
        targets = self._series.targets[:, -self._tail :][:, : max(1, tokens)]
        with torch.no_grad():
            hidden, _ = self._model.read(self._series.inputs, self._model.start(1))
            hidden = hidden[:, -self._tail :][:, : max(1, tokens)]
            nats = float(self._model.head.loss(hidden, targets))
        return Validation(nats=nats, tokens=targets.numel(), words=targets.numel())


def _tensor(values: Values) -> Tensor:
    """Return a batch of one."""
    return torch.from_numpy(np.ascontiguousarray(values)).float().unsqueeze(0)
