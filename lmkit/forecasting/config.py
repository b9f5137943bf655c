"""Hyperparameters of a forecaster: defaults, presets, and settings on top of them.

Knows no series and no network.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lmkit.core.errors import UsageError, unknown_name
from lmkit.forecasting.scaling import ScalingConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecasterConfig:
    """Hyperparameters of a forecaster: model, scaling, training and sampling."""

    cell: str = "lstm"  # a name in nn.cells.CELLS
    layers: int = 1
    hidden: int = 32  # units of each layer
    head: str = "gaussian"  # or quantile
    dropout: float = 0.3  # fraction of units dropped
    season: int = 0  # observations of a season; 0: guessed from the dates, 1: none
    scaling: ScalingConfig = field(default_factory=ScalingConfig)
    window: int = 24  # observations read before a forecast, and in a training window
    batch: int = 16  # windows a step
    steps: int = 200  # of training
    learning_rate: float = 2e-3
    weight_decay: float = 0.1
    validation: int = 0  # observations at the end kept for choosing the best; 0: all are learned
    level: float = 0.9  # fraction of the observations that an interval should hold
    paths: int = 1000  # continuations sampled for a forecast
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("window", "batch", "steps", "paths"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.season < 0 or self.validation < 0:
            raise UsageError("season and validation must be 0 or more")
        if not 0 < self.level < 1:
            raise UsageError(f"level must be between 0 and 1, got {self.level}")


FORECAST_PRESETS = {
    "small": ForecasterConfig(),
    "classic": ForecasterConfig(layers=2, hidden=128, learning_rate=1e-3),
}


def forecaster_config(
    preset: str, settings: Iterable[str] = (), options: Mapping[str, object] | None = None
) -> ForecasterConfig:
    """Merge a preset, settings and options; a later value replaces an earlier one.

    Args:
        preset: "small" or "classic".
        settings: "KEY=VALUE", e.g. head=quantile, window=36, scaling.log=no.
        options: Values by name; None for one that was not given.

    Raises:
        UsageError: If a name is unknown or a value is of another type.
    """
    # Any: each field has a type of its own, and "scaling" is a dict
    values: dict[str, Any] = asdict(forecast_preset(preset))
    for setting in settings:
        name, _, value = setting.partition("=")
        section, _, key = name.strip().rpartition(".")
        place = values["scaling"] if section == "scaling" else values
        if key not in place or section not in ("", "scaling") or key == "scaling":
            names = [*values, *(f"scaling.{name}" for name in values["scaling"])]
            raise unknown_name("setting of a forecast", name.strip(), names)
        place[key] = _value(value)
    values |= {name: value for name, value in (options or {}).items() if value is not None}
    try:
        return TypeAdapter(ForecasterConfig).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"the setting {key} cannot be {first.get('input')!r}: {first['msg'].lower()}"
        ) from None


def _value(text: str) -> object:
    """Read a value as TOML, or as plain text where it is not."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return text.strip()


def forecast_preset(name: str) -> ForecasterConfig:
    """Return a configuration by name: "small", or "classic" with two layers of 128 units."""
    if name not in FORECAST_PRESETS:
        raise unknown_name("forecast preset", name, FORECAST_PRESETS)
    return FORECAST_PRESETS[name]
