"""Scaling of a series before a network reads it, and its inverse.

Logarithm, differences, and scaling to mean 0 and deviation 1, all of them fitted on the training
part alone. Knows no network.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lmkit.core.errors import DataError, UsageError
from lmkit.forecasting.series import Values

HARMONICS = 6  # waves that encode the place in a season; 6 tell 12 months apart exactly
SMALLEST = 1e-14  # deviation, as a fraction of the largest value, below which a column is constant


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingConfig:
    """Transformations of a series."""

    log: Literal["auto", "yes", "no"] = "auto"  # auto: if all values are above 0
    differences: tuple[int, ...] = (1,)  # lags, taken one after the other; a season is a good lag

    def __post_init__(self) -> None:
        if any(lag < 1 for lag in self.differences):
            raise UsageError(f"differences need lags of 1 or more, got {self.differences}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Transformation fitted to a training part.

    Attributes:
        log: Whether the logarithm is taken.
        differences: Lags, taken one after the other.
        mean: Mean of each column after logarithm and differences.
        deviation: Standard deviation of each, never 0.
    """

    log: bool
    differences: tuple[int, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @property
    def shortened(self) -> int:
        """Number of values at the beginning that the differences use up."""
        return sum(self.differences)

    def apply(self, values: Values) -> Values:
        """Return the input of the network, shape (time - shortened, columns)."""
        changes = self._stages(values)[-1]
        scaled: Values = (changes - np.array(self.mean)) / np.array(self.deviation)
        return scaled

    def invert(self, paths: Values, history: Values) -> Values:
        """Turn continuations in the network's units into numbers of the series.

        Args:
            paths: Shape (paths, horizon, columns), scaled.
            history: All values before, shape (time, columns), in their own units.

        Returns:
            Shape (paths, horizon, columns), in the units of the series; what is too large for a
            number is infinite.
        """
        values: Values = paths * np.array(self.deviation) + np.array(self.mean)
        stages = self._stages(history)
        with np.errstate(over="ignore"):
            for lag, stage in zip(reversed(self.differences), reversed(stages[:-1]), strict=True):
                before = np.broadcast_to(stage[-lag:], (len(values), lag, values.shape[-1]))
                whole = np.concatenate([before, values], axis=1)
                for at in range(lag, whole.shape[1]):
                    whole[:, at] += whole[:, at - lag]
                values = whole[:, lag:]
            return np.exp(values) if self.log else values

    def _stages(self, values: Values) -> list[Values]:
        """Return the values before the first difference, after it, after the second ..."""
        if self.log and np.any(values <= 0):
            raise DataError("a logarithm was fitted, but the series has values of 0 or below")
        stages = [np.log(values) if self.log else values]
        for lag in self.differences:
            stages.append(stages[-1][lag:] - stages[-1][:-lag])
        return stages


def fit_scaling(values: Values, config: ScalingConfig) -> Scaling:
    """Fit a scaling to the training part of a series.

    Args:
        values: The training part, shape (time, columns).
        config: Transformations to fit.

    Raises:
        DataError: If the training part is too short, or holds values without a logarithm, or
            values whose squares are too large for a number.
    """
    if config.log == "yes" and np.any(values <= 0):
        raise DataError("the series has values of 0 or below, which have no logarithm; use log=no")
    fewest = sum(config.differences) + 2
    if len(values) < fewest:
        count = "1 value is" if len(values) == 1 else f"{len(values)} values are"
        raise DataError(f"{count} too few to forecast from; give at least {fewest}")
    log = config.log == "yes" or (config.log == "auto" and bool(np.all(values > 0)))
    columns = values.shape[1]
    raw = Scaling(
        log=log, differences=config.differences, mean=(0.0,) * columns, deviation=(1.0,) * columns
    )
    with np.errstate(over="ignore", invalid="ignore"):
        changes = raw.apply(values)
        mean, deviation = changes.mean(axis=0), changes.std(axis=0)
    if not (np.isfinite(mean) & np.isfinite(deviation)).all():
        raise DataError("the series has values that are too large; divide them by a power of ten")
    size = np.abs(np.log(values) if log else values).max(axis=0)
    return Scaling(
        log=log,
        differences=config.differences,
        mean=tuple(mean.tolist()),
        deviation=tuple(np.where(deviation > SMALLEST * size, deviation, 1.0).tolist()),
    )


def season_waves(first: int, end: int, season: int) -> Values:
    """Encode the places of times in the season, as waves of one, two ... cycles a season.

    Args:
        first: Number of the first observation, counted from the beginning of the series.
        end: Number of the one after the last.
        season: Observations of a season; 1: none.

    Returns:
        Shape (end - first, 2 x waves), waves being at most half a season and at most HARMONICS.
    """
    cycles = np.arange(1, min(HARMONICS, season // 2) + 1)
    angles = 2 * np.pi * np.arange(first, end)[:, None] * cycles[None, :] / season
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
