"""Surroundings of a training run: its folder, processes, clock and request to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lmkit.training.world import SingleProcess, World


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """Surroundings of a training run: values and functions that are not part of its settings."""

    folder: Path | None = None  # for checkpoints; None: none are written
    resume: bool = False  # go on from the checkpoint in `folder`
    fingerprint: str = ""  # of the data and the model: a checkpoint of others is refused
    seed: int = 0  # of dropout and of sampling, together with the step
    tokens_per_word: float = 1.0  # of the training text, for perplexity per word
    final_readings: float = 0.0  # cost of the work after the last step, in whole validations
    world: World = field(default_factory=SingleProcess)
    stop: Callable[[], bool] = lambda: False  # asked once between two steps
    before_step: Callable[[], None] = lambda: None  # called before each step
    clock: Callable[[], float] = time.monotonic  # seconds from any start
