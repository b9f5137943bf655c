"""What follows the last step: the softmax's temperature, and the whole validation text."""

import time
from collections.abc import Generator

from lmkit.calibration.temperature import POINTS, fit_temperature, positions
from lmkit.config import RunConfig
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.recipes.write import DirectionResult
from lmkit.training.config import TrainingConfig
from lmkit.training.events import Event, Finished, TemperatureFitted
from lmkit.training.text_validation import TextValidator


def calibration_readings(config: RunConfig, validator: TextValidator) -> float:
    """Return what closing a run costs, in readings of the whole validation text.

    Args:
        config: Of the run.
        validator: Holds the text.
    """
    if not config.training.fit_temperature:
        return 1.0
    looked_at = positions(config.model.vocab_size, validator.tokens)
    return 1.0 + (1 + POINTS) * looked_at / validator.tokens


def close(
    model: RecurrentLM,
    finished: Finished,
    validator: TextValidator,
    *,
    is_measured: bool,
    config: TrainingConfig,
) -> Generator[Event, None, DirectionResult]:
    """Fit the temperature, unless the run is to go on, and measure the model as it is kept.

    Args:
        model: With its best weights.
        finished: How training ended.
        validator: Measures the model.
        is_measured: Whether the best perplexity is already that of the whole text.
        config: Of the run.

    Yields:
        That the temperature was fitted.

    Returns:
        What training came to.
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
