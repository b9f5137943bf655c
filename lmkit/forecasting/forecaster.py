"""The forecaster: a recurrent network trained on a series, and the numbers that come next.

Every step scales the series, calls one function of the model, and scales back.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter, ValidationError

from lmkit.core.errors import DataError, ModelError, UsageError
from lmkit.core.seeding import make_generator
from lmkit.forecasting.archive import load_forecaster, save_forecaster
from lmkit.forecasting.backtest import Backtest, BacktestConfig, roll
from lmkit.forecasting.config import ForecasterConfig, forecast_preset, forecaster_config
from lmkit.forecasting.model import ForecastModel, ForecastModelConfig
from lmkit.forecasting.scaling import Scaling, fit_scaling, season_waves
from lmkit.forecasting.series import Series, Values
from lmkit.forecasting.windows import SeriesValidator, SeriesWindows, series_tensors
from lmkit.results import ColumnForecast, Forecast
from lmkit.training.config import TrainingConfig
from lmkit.training.events import Event
from lmkit.training.run_context import RunContext
from lmkit.training.trainer import Trainer

__all__ = [
    "Forecaster",
    "ForecasterConfig",
    "backtest",
    "forecast_preset",
    "forecaster_config",
    "train_forecaster",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecaster:
    """Trained network, with the series that it continues.

    Attributes:
        model: The network.
        scaling: Transformation fitted to the series.
        series: Observations that the forecast continues.
        config: Hyperparameters, the season filled in.
    """

    model: ForecastModel
    scaling: Scaling
    series: Series
    config: ForecasterConfig

    @classmethod
    def train(cls, series: Series, config: ForecasterConfig | None = None) -> "Forecaster":
        """Train on the whole of a series; `train_forecaster` yields the events of training."""
        for event in train_forecaster(series, config or ForecasterConfig()):
            if isinstance(event, Forecaster):
                return event
        raise AssertionError("training ends with a forecaster")

    @classmethod
    def load(cls, folder: str | Path) -> "Forecaster":
        """Read a forecaster that `save` wrote.

        Raises:
            ModelError: If the folder is missing, damaged or of a newer format.
        """
        model, series, facts = load_forecaster(Path(folder))
        try:
            scaling = TypeAdapter(Scaling).validate_python(facts.get("scaling"))
            config = TypeAdapter(ForecasterConfig).validate_python(facts.get("forecaster"))
        except ValidationError as error:
            raise ModelError(f"{folder} describes no forecaster: {error}") from None
        return cls(model=model, scaling=scaling, series=series, config=config)

    def save(self, folder: str | Path) -> None:
        """Write the network, the scaling and the series to a folder."""
        facts = {"scaling": asdict(self.scaling), "forecaster": asdict(self.config)}
        save_forecaster(Path(folder), self.model, self.series, facts)

    def forecast(self, horizon: int) -> Forecast:
        """Forecast the next observations from many sampled paths.

        Args:
            horizon: Number of observations to forecast.

        Returns:
            For each observation the median of the paths, and the interval that should hold
            `config.level` of the observations.

        Raises:
            DataError: If the numbers grow too large to be held.
        """
        paths = self.sample_paths(horizon)
        edges = [0.5, (1 - self.config.level) / 2, (1 + self.config.level) / 2]
        with np.errstate(invalid="ignore"):  # paths may be infinite
            middle, lower, upper = np.quantile(paths, edges, axis=0)
        if not np.isfinite([middle, lower, upper]).all():
            raise DataError(
                "the forecast exceeds the largest number; give a shorter horizon, or scaling.log=no"
            )
        columns = tuple(
            ColumnForecast(
                name,
                tuple(middle[:, at].tolist()),
                tuple(lower[:, at].tolist()),
                tuple(upper[:, at].tolist()),
            )
            for at, name in enumerate(self.series.columns)
        )
        first = columns[0]
        dates = self.series.dates_ahead(horizon)
        return Forecast(
            first.column,
            first.forecast,
            first.lower,
            first.upper,
            self.config.level,
            columns,
            dates,
        )

    def sample_paths(self, horizon: int) -> Values:
        """Sample continuations, shape (paths, horizon, columns), in the units of the series."""
        if horizon < 1:
            raise UsageError(f"the horizon must be at least 1, got {horizon}")
        config, length = self.config, len(self.series)
        scaled = self.scaling.apply(self.series.values)[-config.window - 1 :]
        read = series_tensors(scaled, first=length - len(scaled), season=config.season)
        waves = season_waves(length, length + horizon, config.season)
        with torch.inference_mode():
            state = self.model.start(1)
            if read.inputs.shape[1]:
                _, state = self.model.read(read.inputs, state)
            state = self.model.select(state, torch.zeros(config.paths, dtype=torch.long))
            last = torch.from_numpy(scaled[-1]).float().expand(config.paths, -1)
            sampled = self.model.continue_paths(
                state, last, torch.from_numpy(waves).float(), make_generator(config.seed)
            )
        return self.scaling.invert(sampled.double().numpy(), self.series.values)

    def backtest(self, horizon: int, *, origins: int = 1, stride: int = 0) -> Backtest:
        """Train on the beginning of the series and forecast the rest; see `backtest`."""
        return backtest(self.series, self.config, horizon=horizon, origins=origins, stride=stride)


def train_forecaster(
    series: Series,
    config: ForecasterConfig,
    *,
    folder: Path | None = None,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Event | Forecaster]:
    """Train on the whole of a series.

    Args:
        series: Training data; the scaling is fitted to it.
        config: Hyperparameters.
        folder: Folder of the checkpoints; None: none are written.
        resume: Whether to continue from the checkpoint in `folder`.
        stop: Called after each step; training ends where it returns True.

    Yields:
        The events of training, and the `Forecaster` last.
    """
    config = replace(config, season=config.season or series.season)
    learned = series.values[: len(series) - config.validation]
    scaling = fit_scaling(learned, config.scaling)
    scaled = scaling.apply(series.values)
    whole = series_tensors(scaled, first=scaling.shortened, season=config.season)
    train = series_tensors(
        scaled[: len(scaled) - config.validation], first=scaling.shortened, season=config.season
    )
    model = _new_model(config, columns=len(series.columns), inputs=whole.inputs.shape[-1])
    model.head.begin_straight(train.inputs[0], train.targets[0])
    windows = SeriesWindows(train, batch=config.batch, time=config.window, seed=config.seed)
    validator = SeriesValidator(model, whole, tail=config.validation)
    training = _training_config(config, windows.steps_per_epoch)
    data = hashlib.sha256(series.values.tobytes()).hexdigest()
    fingerprint = f"{config} {series.columns} {data}"
    context = RunContext(
        folder=folder, resume=resume, fingerprint=fingerprint, seed=config.seed, stop=stop
    )
    yield from Trainer(model, windows, validator, config=training, context=context).run()
    yield Forecaster(model=model.eval(), scaling=scaling, series=series, config=config)


def backtest(
    series: Series, config: ForecasterConfig, *, horizon: int, origins: int = 1, stride: int = 0
) -> Backtest:
    """Forecast the end of a series from several origins, beside the baselines.

    At each origin everything, the scaling included, is fitted again to the observations before it.
    The figures are those of the first column.

    Args:
        series: The whole series; its end is held out.
        config: Hyperparameters of lmkit's model.
        horizon: Numbers forecast from each origin.
        origins: Number of origins; the last forecast ends where the series does.
        stride: Observations from one origin to the next; 0: the horizon.

    Returns:
        Errors of lmkit's model and of the baselines that can be computed here.
    """
    config = replace(config, season=config.season or series.season)
    asked = BacktestConfig(horizon=horizon, season=config.season, origins=origins, stride=stride)
    return roll(series, lambda before: Forecaster.train(before, config).forecast(horizon), asked)


def _new_model(config: ForecasterConfig, *, columns: int, inputs: int) -> ForecastModel:
    shape = ForecastModelConfig(
        columns=columns,
        waves=inputs - columns,
        cell=config.cell,
        layers=config.layers,
        hidden=config.hidden,
        head=config.head,
        dropout=config.dropout,
    )
    return ForecastModel(shape, make_generator(config.seed))


def _training_config(config: ForecasterConfig, steps_per_epoch: int) -> TrainingConfig:
    return TrainingConfig(
        epochs=config.steps / steps_per_epoch,
        batch=config.batch,
        time=config.window,
        optimizer="adamw",
        precision="float32",  # too small to gain from another
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        validations=10 if config.validation else 1,
        dropout_anneal=0.0,
        patience=0,
    )
