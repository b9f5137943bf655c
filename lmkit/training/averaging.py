"""Averages of the weights along the way, often better than the last weights themselves.

An averager decides when it begins; what it holds is flat tensors. Knows neither files nor losses.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lmkit.core.registry import Registry
from lmkit.models.weights import weights_of
from lmkit.training.config import TrainingConfig

EMA_MEMORY = 0.02  # share of the run that a moving average looks back
TRIGGER = 5  # validations without a better one before "triggered" begins (Merity 2017)


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Where a run stands."""

    progress: float  # share of the run done, 0..1
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
    def is_due(self, moment: RunProgress) -> bool:
        """Say whether the weights at this moment belong to the average."""

    def share(self, steps: int) -> float:  # noqa: ARG002  # a moving average needs the steps
        """Return how much the newest weights count; here all count alike.

        Args:
            steps: Steps of the whole run.
        """
        return 1.0 / self.count

    def add(self, model: nn.Module, *, steps: int) -> None:
        """Take the present weights into the average."""
        self.count += 1
        share = self.share(steps)
        for name, weight in weights_of(model).items():
            if name in self._average and weight.is_floating_point():
                self._average[name].lerp_(weight, share)
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

    def tensors(self) -> dict[str, Tensor]:
        """Return the average as flat tensors."""
        return dict(self._average)

    def load(self, tensors: Mapping[str, Tensor], *, count: int) -> None:
        """Take over what `tensors` gave."""
        self._average = {name: tensor.clone() for name, tensor in tensors.items()}
        self.count = count

    def _swap(self, model: nn.Module) -> None:
        with torch.no_grad():
            for name, weight in weights_of(model).items():
                kept = weight.clone()
                weight.copy_(self._average[name])
                self._average[name].copy_(kept)


class NoAverage(Averager):
    """The last weights as they are."""

    def is_due(self, moment: RunProgress) -> bool:  # noqa: ARG002
        """Never."""
        return False


class TailAverage(Averager):
    """The mean of all weights from a share of the run on."""

    def is_due(self, moment: RunProgress) -> bool:
        """From `average_from` on."""
        return moment.progress >= self.config.average_from


class MovingAverage(Averager):
    """A mean in which old weights decay."""

    def is_due(self, moment: RunProgress) -> bool:
        """From `average_from` on."""
        return moment.progress >= self.config.average_from

    def share(self, steps: int) -> float:
        """Return the share that makes it look back `EMA_MEMORY` of the run."""
        return max(1.0 / self.count, 1.0 / max(1.0, EMA_MEMORY * steps))


class TriggeredAverage(Averager):
    """The mean of all weights since validation stopped improving (NT-ASGD)."""

    def is_due(self, moment: RunProgress) -> bool:
        """Once `TRIGGER` validations brought nothing better, and ever after."""
        return self.count > 0 or moment.stale >= TRIGGER


AVERAGERS: Registry[type[Averager]] = Registry(
    "averaging",
    {
        "none": "lmkit.training.averaging:NoAverage",
        "tail": "lmkit.training.averaging:TailAverage",
        "moving": "lmkit.training.averaging:MovingAverage",
        "triggered": "lmkit.training.averaging:TriggeredAverage",
    },
)
