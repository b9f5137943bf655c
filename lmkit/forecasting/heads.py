"""How a hidden state becomes a distribution over the next number: Gaussian, or by quantiles."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from lmkit.core.registry import Registry

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)  # what the quantile head predicts
SMALLEST = 1e-3  # deviation, in units of the scaled series
RIDGE = 10.0  # how strongly the line that a head begins with is drawn to nothing


class ValueHead(nn.Module, ABC):
    """One distribution per row and column.

    Attributes:
        columns: How many distributions stand side by side.
        centre: Which of the numbers that describe a distribution is its middle.
        project: From what is read to those numbers.
    """

    centre: ClassVar[int]

    def __init__(self, width: int, columns: int, numbers: int) -> None:
        super().__init__()
        self.columns = columns
        self.project = nn.Linear(width, columns * numbers)

    def initialise(self, generator: torch.Generator | None) -> None:
        """Draw the weights anew."""
        nn.init.normal_(self.project.weight, std=0.01, generator=generator)
        nn.init.zeros_(self.project.bias)

    @torch.no_grad()
    def begin_straight(self, inputs: Tensor, targets: Tensor) -> None:
        """Begin as a straight line through the training part; what is learned bends it.

        Without it a steep season takes more steps than there are.

        Args:
            inputs: What stands last in what the head reads, shape (time, inputs).
            targets: What came, shape (time, columns).
        """
        line = fit_line(inputs, targets)
        weight = self.project.weight.view(self.columns, -1, self.project.in_features)
        bias = self.project.bias.view(self.columns, -1)
        weight[:, self.centre, -inputs.shape[-1] :] = line.weight
        bias[:] = self.spread_out(line.deviation)
        bias[:, self.centre] = line.bias

    @abstractmethod
    def spread_out(self, deviation: Tensor) -> Tensor:
        """Return biases that make the distributions as wide as this.

        Args:
            deviation: Shape (columns,).

        Returns:
            Shape (columns, numbers); that of the centre means nothing.
        """

    def numbers(self, hidden: Tensor) -> Tensor:
        """Return what describes each distribution, shape (..., columns, numbers)."""
        numbers: Tensor = self.project(hidden)
        return numbers.view(*hidden.shape[:-1], self.columns, -1)

    @abstractmethod
    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return how wrong the distributions are, summed.

        Args:
            hidden: Shape (..., width).
            targets: What came, shape (..., columns).
        """

    @abstractmethod
    def sample(self, hidden: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a value per row and column, shape (..., columns)."""


class GaussianHead(ValueHead):
    """Mean and deviation; the loss is the exact negative log-likelihood, in nats."""

    centre = 0

    def __init__(self, width: int, columns: int) -> None:
        super().__init__(width, columns, 2)

    def spread_out(self, deviation: Tensor) -> Tensor:
        """Return biases of the mean and of the deviation."""
        raw = _before_softplus((deviation - SMALLEST).clamp(min=SMALLEST))
        return torch.stack((torch.zeros_like(raw), raw), dim=-1)

    def mean_and_deviation(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Return both, each (..., columns)."""
        mean, raw = self.numbers(hidden).unbind(-1)
        return mean, functional.softplus(raw) + SMALLEST

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the negative log-likelihood in nats, summed."""
        mean, deviation = self.mean_and_deviation(hidden)
        nats = deviation.log() + 0.5 * ((targets - mean) / deviation) ** 2
        return (nats + 0.5 * math.log(2 * math.pi)).sum()

    def sample(self, hidden: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a value per row and column."""
        mean, deviation = self.mean_and_deviation(hidden)
        return mean + deviation * torch.randn(mean.shape, generator=generator)


class QuantileHead(ValueHead):
    """The quantiles of `LEVELS`, never crossing; the loss is the pinball loss."""

    centre = len(LEVELS) // 2

    def __init__(self, width: int, columns: int) -> None:
        super().__init__(width, columns, len(LEVELS))

    def spread_out(self, deviation: Tensor) -> Tensor:
        """Return biases of the gaps between the quantiles of a normal distribution."""
        normal = torch.tensor([NormalDist().inv_cdf(level) for level in LEVELS])
        gaps = normal.diff()
        gaps = torch.cat((gaps[: self.centre], torch.ones(1), gaps[self.centre :]))
        return _before_softplus(gaps * deviation.unsqueeze(-1))

    def quantiles(self, hidden: Tensor) -> Tensor:
        """Return rising quantiles, shape (..., columns, levels)."""
        numbers = self.numbers(hidden)
        middle = self.centre
        up = functional.softplus(numbers[..., middle + 1 :]).cumsum(-1)
        down = functional.softplus(numbers[..., :middle].flip(-1)).cumsum(-1).flip(-1)
        centre = numbers[..., middle : middle + 1]
        return torch.cat([centre - down, centre, centre + up], dim=-1)

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the pinball loss: each level is descended to the value it should hold."""
        levels = torch.tensor(LEVELS, device=targets.device)
        missed = targets.unsqueeze(-1) - self.quantiles(hidden)
        return torch.maximum(levels * missed, (levels - 1) * missed).sum()

    def sample(self, hidden: Tensor, generator: torch.Generator) -> Tensor:
        """Draw by the inverse of the distribution, straight between the quantiles."""
        quantiles = self.quantiles(hidden)
        levels = torch.tensor(LEVELS)
        drawn = torch.rand(quantiles.shape[:-1], generator=generator).clamp(LEVELS[0], LEVELS[-1])
        above = torch.searchsorted(levels, drawn).clamp(1, len(LEVELS) - 1)
        low, high = levels[above - 1], levels[above]
        share = (drawn - low) / (high - low)
        below_value = quantiles.gather(-1, (above - 1).unsqueeze(-1)).squeeze(-1)
        above_value = quantiles.gather(-1, above.unsqueeze(-1)).squeeze(-1)
        return below_value + share * (above_value - below_value)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line from inputs to each column.

    Attributes:
        weight: Shape (columns, inputs).
        bias: Shape (columns,).
        deviation: Of what it leaves over, shape (columns,).
    """

    weight: Tensor
    bias: Tensor
    deviation: Tensor


def fit_line(inputs: Tensor, targets: Tensor) -> Line:
    """Fit by least squares, weights drawn to nothing (ridge regression).

    Args:
        inputs: Shape (time, inputs).
        targets: Shape (time, columns).
    """
    x, y = inputs.double(), targets.double()
    x = torch.cat((x, torch.ones_like(x[:, :1])), dim=-1)
    penalty = RIDGE * torch.eye(x.shape[-1], dtype=x.dtype)
    penalty[-1, -1] = 1e-9  # the bias is free
    solved = torch.linalg.solve(x.T @ x + penalty, x.T @ y)
    free = max(1, len(x) - x.shape[-1])  # each weight fitted takes an observation's worth of error
    deviation = ((y - x @ solved).square().sum(0) / free).sqrt()
    return Line(solved[:-1].T.float(), solved[-1].float(), deviation.float().clamp(min=SMALLEST))


def _before_softplus(value: Tensor) -> Tensor:
    """Return what softplus turns into a value above 0."""
    return value + torch.log(-torch.expm1(-value))


VALUE_HEADS: Registry[type[GaussianHead] | type[QuantileHead]] = Registry(
    "value head",
    {
        "gaussian": "lmkit.forecasting.heads:GaussianHead",
        "quantile": "lmkit.forecasting.heads:QuantileHead",
    },
)
