"""Width and streams of a run that fit a GPU: both follow from steps measured on it.

A GPU is idle for most of a step that reads as few streams as a processor does. More streams give
more words a second but fewer steps, and steps are what a short run lacks.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from lmkit.config import RunConfig, build_config, read_preset
from lmkit.recipes.preset_choice import WORDS_A_MINUTE
from lmkit.training.config import TrainingConfig
from lmkit.training.device_speed import step_seconds
from lmkit.training.machine_speed import relative_speed

MOST_STREAMS = 128  # of the best published recipe of this size (docs/recipe.md)
FEWEST_STEPS = 5_000  # of a run, below which streams are not doubled
WORTH_DOUBLING = 1.4  # times the words a second that twice the streams must give
USUAL_VOCABULARY = 10_000  # of the step by which the speed of a device is measured
USUAL_PRESET = "small"


def speed_of(device: torch.device, precision: str = "auto") -> float:
    """Return the speed of a device, relative to that of the usual machine.

    Args:
        device: Where training takes place. A processor is measured by its matrix product, another
            device by whole steps of the preset `small`: there the product says little, since a
            recurrent layer is many small ones in a row.
        precision: Of the products of training on a processor, a name in `config.PRECISIONS`.
    """
    if device.type == "cpu":
        return relative_speed(precision)
    config = build_config(read_preset(USUAL_PRESET))
    model = replace(config.model, vocab_size=USUAL_VOCABULARY)
    seconds = step_seconds(model, config.training, device, streams=config.training.batch)
    words = config.training.batch * config.training.time
    return words / max(seconds, 1e-9) * 60.0 / WORDS_A_MINUTE


def with_streams(config: RunConfig, words: int, device: torch.device) -> RunConfig:
    """Return settings with as many streams as the device reads well.

    Args:
        config: The settings, complete but for the streams; holds the budget.
        words: Training words.
        device: Where training takes place.
    """
    measure = partial(_seconds, config, device)
    streams = choose_streams(config.training, words, seconds=measure)
    return replace(config, training=replace(config.training, batch=streams))


def choose_streams(training: TrainingConfig, words: int, *, seconds: Callable[[int], float]) -> int:
    """Return how many streams to read side by side.

    Doubled as long as that gives many more words a second and the run keeps enough steps.

    Args:
        training: Settings; hold the budget and the fewest streams.
        words: Training words.
        seconds: Measures a step with a number of streams.
    """
    streams = training.batch
    took = seconds(streams)
    while 2 * streams <= MOST_STREAMS:
        twice = seconds(2 * streams)
        is_worth_it = 2 * took >= WORTH_DOUBLING * twice
        if not is_worth_it or _steps(training, words, 2 * streams, twice) < FEWEST_STEPS:
            break
        streams, took = 2 * streams, twice
    return streams


def _seconds(config: RunConfig, device: torch.device, streams: int) -> float:
    return step_seconds(config.model, config.training, device, streams=streams)


def _steps(training: TrainingConfig, words: int, streams: int, seconds: float) -> float:
    """Return the steps that the budget allows."""
    if training.minutes:
        return training.minutes * 60.0 / max(seconds, 1e-9)
    return math.floor((training.epochs or 1.0) * words / (streams * training.time))
