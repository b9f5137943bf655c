"""Averages of the weights along the way, often better than the last weights themselves.

An averager decides when the average begins. Knows neither files nor losses.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from typing_extensions import override

from lmkit.core.registry import Registry
from lmkit.models.weights import weights_of
from lmkit.training.checkpoint import StateDict
from lmkit.training.config import TrainingConfig

EMA_WINDOW = 0.02  # fraction of the run that a moving average looks back
TRIGGER = 5  # validations without a better one before "triggered" begins (Merity 2017)
_COUNT = "/count"  # beside the names of weights, none of which has a slash


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Progress of a run, as far as averaging depends on it."""

    progress: float  # fraction of the run done, 0..1
    stale: int  # validations since the best one


class Averager(ABC):
    """A running average of the weights.

    Attributes:
        count: Weights averaged so far; 0 while it has not begun.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self.config = config
        self.count = 0
        self._average: dict[str, Tensor] = {}

    @abstractmethod
    def is_due(self, now: RunProgress) -> bool:
        """Return whether the present weights belong to the average."""

    def newest_weight(self, steps: int) -> float:  # noqa: ARG002  # a moving average needs the steps
        """Return the coefficient of the newest weights in the average; here all count alike.

        Args:
            steps: Steps of the whole run.
        """
        return 1.0 / self.count

    def add(self, model: nn.Module, *, steps: int) -> None:
        """Take the present weights into the average.

        Args:
            model: The model that is trained.
            steps: Steps of the whole run.
        """
        self.count += 1
        coefficient = self.newest_weight(steps)
        for name, weight in weights_of(model).items():
            if name in self._average and weight.is_floating_point():
                average = self._average[name].to(weight.device)  # one loaded is on the CPU
                self._average[name] = average.lerp_(weight, coefficient)
            else:
                self._average[name] = weight.clone()

    def restart(self) -> None:
        """Forget the average."""
        self.count = 0
        self._average = {}

    @contextmanager
    def applied(self, model: nn.Module) -> Iterator[None]:
        """Put the average in place of the weights while the block runs."""
        if not self.count:
            yield
            return
        self._swap(model)
        try:
            yield
        finally:
            self._swap(model)

    def state(self) -> StateDict:
        """Return the average by name of the weight, and the count."""
        return {_COUNT: self.count, **self._average}

    def load(self, state: StateDict) -> None:
        """Take over an average and its count."""
        self.count = int(state[_COUNT])
        self._average = {name: value.clone() for name, value in state.items() if name != _COUNT}

    def _swap(self, model: nn.Module) -> None:
        with torch.no_grad():
            for name, weight in weights_of(model).items():
                kept = weight.clone()
                weight.copy_(self._average[name])
                self._average[name].copy_(kept)


class NoAverage(Averager):
    """No average: the last weights as they are."""

    @override
    def is_due(self, now: RunProgress) -> bool:
        return False


class TailAverage(Averager):
    """The mean of all weights from a fraction `average_from` of the run on."""

    @override
    def is_due(self, now: RunProgress) -> bool:
        return now.progress >= self.config.average_from


class MovingAverage(Averager):
    """An exponential moving average from a fraction `average_from` of the run on."""

    @override
    def is_due(self, now: RunProgress) -> bool:
        return now.progress >= self.config.average_from

    @override
    def newest_weight(self, steps: int) -> float:
        return max(1.0 / self.count, 1.0 / max(1.0, EMA_WINDOW * steps))


class TriggeredAverage(Averager):
    """The mean of all weights since validation stopped improving (NT-ASGD, Merity 2017)."""

    @override
    def is_due(self, now: RunProgress) -> bool:
        return self.count > 0 or now.stale >= TRIGGER


AVERAGERS: Registry[type[Averager]] = Registry(
    "averaging",
    {
        "none": "lmkit.training.averaging:NoAverage",
        "tail": "lmkit.training.averaging:TailAverage",
        "moving": "lmkit.training.averaging:MovingAverage",
        "triggered": "lmkit.training.averaging:TriggeredAverage",
    },
)
