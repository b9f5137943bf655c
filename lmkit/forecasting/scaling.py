"""What is done to a series before a network reads it, and undone afterwards.

Logarithm, differences, and scaling to mean 0 and deviation 1, all of them fitted on the training
part alone. Knows no network.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lmkit.core.errors import DataError, UsageError
from lmkit.forecasting.series import Values

HARMONICS = 6  # waves that tell the place in a season; 6 tell 12 months apart exactly


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingConfig:
    """What to do to the numbers."""

    log: Literal["auto", "yes", "no"] = "auto"  # auto: if all are above 0
    differences: tuple[int, ...] = (1,)  # lags, taken one after the other; a season is a good lag

    def __post_init__(self) -> None:
        if any(lag < 1 for lag in self.differences):
            raise UsageError(f"differences need lags of 1 or more, got {self.differences}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Fitted to a training part.

    Attributes:
        log: Whether the logarithm is taken.
        differences: Lags, taken one after the other.
        mean: Of each column after logarithm and differences.
        deviation: The same, never 0.
    """

    log: bool
    differences: tuple[int, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @property
    def shortened(self) -> int:
        """How many values at the beginning the differences use up."""
        return sum(self.differences)

    def apply(self, values: Values) -> Values:
        """Return what the network reads, shape (time - shortened, columns)."""
        changes = self._stages(values)[-1]
        scaled: Values = (changes - np.array(self.mean)) / np.array(self.deviation)
        return scaled

    def invert(self, paths: Values, history: Values) -> Values:
        """Turn continuations that the network wrote into numbers of the series.

        Args:
            paths: Shape (paths, horizon, columns), scaled.
            history: All values before, shape (time, columns), in their own units.

        Returns:
            Shape (paths, horizon, columns), in the units of the series.
        """
        values: Values = paths * np.array(self.deviation) + np.array(self.mean)
        stages = self._stages(history)
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
    """Fit what is done to a series, on its training part.

    Args:
        values: The training part, shape (time, columns).
        config: What to do.

    Raises:
        DataError: If the training part is too short, or holds what has no logarithm.
    """
    if config.log == "yes" and np.any(values <= 0):
        raise DataError("the series has values of 0 or below, which have no logarithm; use log=no")
    if len(values) < sum(config.differences) + 2:
        raise DataError(f"{len(values)} values are too few to take differences of")
    log = config.log == "yes" or (config.log == "auto" and bool(np.all(values > 0)))
    columns = values.shape[1]
    raw = Scaling(
        log=log, differences=config.differences, mean=(0.0,) * columns, deviation=(1.0,) * columns
    )
    changes = raw.apply(values)
    deviation = changes.std(axis=0)
    return Scaling(
        log=log,
        differences=config.differences,
        mean=tuple(changes.mean(axis=0).tolist()),
        deviation=tuple(np.where(deviation > 1e-12, deviation, 1.0).tolist()),
    )


def season_waves(first: int, end: int, season: int) -> Values:
    """Return where in the season times lie: waves of one, two ... cycles a season.

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
