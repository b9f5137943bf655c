"""Output layers of forecasting: a distribution over the next number, Gaussian or by quantiles."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import override

from lmkit.core.registry import Registry
from lmkit.nn.linear import Linear

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)  # of the predicted quantiles
SMALLEST = 1e-3  # deviation, in units of the scaled series
RIDGE = 10.0  # penalty on the squared weights of the line that a head begins with


class ValueHead(nn.Module, ABC):
    """Output layer with one distribution for each row and column.

    Attributes:
        columns: Number of columns.
        centre: Index of the location among the parameters of a distribution.
        project: Linear layer from the input of the head to the parameters.
    """

    centre: ClassVar[int]

    def __init__(self, width: int, columns: int, numbers: int) -> None:
        super().__init__()
        self.columns = columns
        self.project = Linear(width, columns * numbers)

    def initialise(self, generator: torch.Generator | None) -> None:
        """Initialise the weights from the generator."""
        nn.init.normal_(self.project.weight, std=0.01, generator=generator)
        nn.init.zeros_(self.project.bias)

    @torch.no_grad()
    def begin_straight(self, inputs: Tensor, targets: Tensor) -> None:
        """Initialise as the ridge regression of the training part; training departs from it.

        Without it, learning a steep season takes more steps than a run has.

        Args:
            inputs: Last features of the input of the head, shape (time, inputs).
            targets: Numbers to predict, shape (time, columns).
        """
        line = fit_line(inputs, targets)
        weight = self.project.weight.view(self.columns, -1, self.project.in_features)
        bias = self.project.bias.view(self.columns, -1)
        weight[:, self.centre, -inputs.shape[-1] :] = line.weight
        bias[:] = self.spread_out(line.deviation)
        bias[:, self.centre] = line.bias

    @abstractmethod
    def spread_out(self, deviation: Tensor) -> Tensor:
        """Return the biases of distributions of a standard deviation.

        Args:
            deviation: Shape (columns,).

        Returns:
            Shape (columns, parameters); that of the centre is not used.
        """

    def numbers(self, hidden: Tensor) -> Tensor:
        """Return the parameters of each distribution, shape (..., columns, parameters)."""
        numbers: Tensor = self.project(hidden)
        return numbers.view(*hidden.shape[:-1], self.columns, -1)

    @abstractmethod
    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the loss, summed over all numbers.

        Args:
            hidden: Input of the head, shape (..., width).
            targets: Numbers to predict, shape (..., columns).
        """

    @abstractmethod
    def sample(self, hidden: Tensor, generator: torch.Generator) -> Tensor:
        """Sample a number for each row and column, shape (..., columns)."""


class GaussianHead(ValueHead):
    """Normal distribution; the loss is the exact negative log-likelihood, in nats."""

    centre = 0

    def __init__(self, width: int, columns: int) -> None:
        super().__init__(width, columns, 2)

    @override
    def spread_out(self, deviation: Tensor) -> Tensor:
        raw = _before_softplus((deviation - SMALLEST).clamp(min=SMALLEST))
        return torch.stack((torch.zeros_like(raw), raw), dim=-1)

    def mean_and_deviation(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Return both, each (..., columns)."""
        mean, raw = self.numbers(hidden).unbind(-1)
        return mean, functional.softplus(raw) + SMALLEST

    @override
    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        mean, deviation = self.mean_and_deviation(hidden)
        nats = deviation.log() + 0.5 * ((targets - mean) / deviation) ** 2
        return (nats + 0.5 * math.log(2 * math.pi)).sum()

    @override
    def sample(self, hidden: Tensor, generator: torch.Generator) -> Tensor:
        mean, deviation = self.mean_and_deviation(hidden)
        return mean + deviation * torch.randn(mean.shape, generator=generator)


class QuantileHead(ValueHead):
    """The quantiles of `LEVELS`, never crossing; the loss is the pinball loss."""

    centre = len(LEVELS) // 2

    def __init__(self, width: int, columns: int) -> None:
        super().__init__(width, columns, len(LEVELS))

    @override
    def spread_out(self, deviation: Tensor) -> Tensor:
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

    @override
    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        levels = torch.tensor(LEVELS, device=targets.device)
        missed = targets.unsqueeze(-1) - self.quantiles(hidden)
        return torch.maximum(levels * missed, (levels - 1) * missed).sum()

    @override
    def sample(self, hidden: Tensor, generator: torch.Generator) -> Tensor:
        # by the inverse of the distribution function, linear between the quantiles
        quantiles = self.quantiles(hidden)
        levels = torch.tensor(LEVELS)
        drawn = torch.rand(quantiles.shape[:-1], generator=generator).clamp(LEVELS[0], LEVELS[-1])
        above = torch.searchsorted(levels, drawn).clamp(1, len(LEVELS) - 1)
        low, high = levels[above - 1], levels[above]
        fraction = (drawn - low) / (high - low)
        below_value = quantiles.gather(-1, (above - 1).unsqueeze(-1)).squeeze(-1)
        above_value = quantiles.gather(-1, above.unsqueeze(-1)).squeeze(-1)
        return below_value + fraction * (above_value - below_value)


@dataclass(frozen=True, slots=True)
class Line:
    """Linear regression from inputs to each column.

    Attributes:
        weight: Shape (columns, inputs).
        bias: Shape (columns,).
        deviation: Standard deviation of the residuals, shape (columns,).
    """

    weight: Tensor
    bias: Tensor
    deviation: Tensor


def fit_line(inputs: Tensor, targets: Tensor) -> Line:
    """Fit a ridge regression: least squares with a penalty on the weights.

    Args:
        inputs: Shape (time, inputs).
        targets: Shape (time, columns).
    """
    x, y = inputs.double(), targets.double()
    x = torch.cat((x, torch.ones_like(x[:, :1])), dim=-1)
    penalty = RIDGE * torch.eye(x.shape[-1], dtype=x.dtype)
    penalty[-1, -1] = 1e-9  # the bias is free
    solved = torch.linalg.solve(x.T @ x + penalty, x.T @ y)
    free = max(1, len(x) - x.shape[-1])  # degrees of freedom
    deviation = ((y - x @ solved).square().sum(0) / free).sqrt()
    return Line(solved[:-1].T.float(), solved[-1].float(), deviation.float().clamp(min=SMALLEST))


def _before_softplus(value: Tensor) -> Tensor:
    """Return the inverse of softplus at a value above 0."""
    return value + torch.log(-torch.expm1(-value))


VALUE_HEADS: Registry[type[GaussianHead] | type[QuantileHead]] = Registry(
    "value head",
    {
        "gaussian": "lmkit.forecasting.heads:GaussianHead",
        "quantile": "lmkit.forecasting.heads:QuantileHead",
    },
)
