"""The end of training a direction: its temperature, and its perplexity on the whole text."""

import time
from collections.abc import Generator
from dataclasses import dataclass

from lmkit.calibration.temperature import POINTS, fit_temperature, positions
from lmkit.config import RunConfig
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.training.config import TrainingConfig
from lmkit.training.events import Event, Finished, TemperatureFitted
from lmkit.training.text_validation import TextValidator


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionResult:
    """The trained model of one direction, and its figures."""

    model: RecurrentLM  # with its best weights
    finished: Finished
    perplexity: float  # of the whole validation text
    seconds: float  # the final measurement included


def calibration_readings(config: RunConfig, validator: TextValidator) -> float:
    """Return the cost of the end of a run, in readings of the whole validation text.

    Args:
        config: Settings of the run.
        validator: The validation text.
    """
    if not config.training.fit_temperature:
        return 1.0
    looked_at = positions(config.model.vocab_size, validator.tokens)
    return 1.0 + (1 + POINTS) * looked_at / validator.tokens


def fit_and_measure(
    model: RecurrentLM,
    finished: Finished,
    validator: TextValidator,
    *,
    is_measured: bool,
    config: TrainingConfig,
) -> Generator[Event, None, DirectionResult]:
    """Fit the temperature, unless the run is to go on, and measure the final model.

    Args:
        model: The model with its best weights.
        finished: The last event of training.
        validator: The validation text.
        is_measured: Whether the best perplexity is already that of the whole text.
        config: Settings of training.

    Yields:
        TemperatureFitted, where it was fitted.

    Returns:
        The model and its figures.
    """
    began = time.monotonic()
    is_fitted = config.fit_temperature and finished.reason != "interrupted"
    if is_fitted:
        hidden, targets = validator.sample(positions(model.vocab_size, validator.tokens))
        fit_temperature(model.head, hidden, targets)
    perplexity = finished.best_perplexity
    if model.head.temperature != 1.0 or not is_measured:
        perplexity = validator.validate(validator.tokens).perplexity
    if is_measured and not perplexity <= finished.best_perplexity:  # the sample was too small
        model.head.temperature.fill_(1.0)
        perplexity = finished.best_perplexity
    temperature = float(model.head.temperature)
    took = time.monotonic() - began
    if is_fitted:
        yield TemperatureFitted(temperature=temperature, perplexity=perplexity, seconds=took)
    seconds = finished.seconds + took
    return DirectionResult(model=model, finished=finished, perplexity=perplexity, seconds=seconds)
