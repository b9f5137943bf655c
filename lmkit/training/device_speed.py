"""Duration of a training step on a device, measured on random ids."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch

from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batches
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.training.config import TrainingConfig
from lmkit.training.step import TrainStep
from lmkit.training.step_report import read_reports

B = TypeVar("B")
S = TypeVar("S")

WARM_UP = 3  # steps before any is timed: kernels are chosen and memory is asked for
STEPS = 8  # of a turn, a multiple of those that one direction of Muon serves by default
TURNS = 3
WINDOWS = 4  # of a stream, before they come again
MIDDLE = 0.5  # of a run: no warming up, no last part that differs


def step_seconds(
    model: RecurrentLMConfig,
    training: TrainingConfig,
    device: torch.device,
    *,
    streams: int,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return the seconds of a training step, the median of some turns.

    Args:
        model: Shape of the model.
        training: Settings of training.
        device: Where it takes place.
        streams: Streams read side by side.
        clock: Seconds from any start.
    """
    length = streams * training.time * WINDOWS
    ids = np.random.default_rng(0).integers(model.vocab_size, size=length)
    windows = Batches(ids, batch=streams, time=training.time, line_end_id=0)
    made = RecurrentLM(model, make_generator(0)).to(device)
    step = TrainStep(made, windows, replace(training, batch=streams))
    _turn(step, 0, WARM_UP)
    taken = []
    for turn in range(TURNS):
        began = clock()
        _turn(step, WARM_UP + turn * STEPS, STEPS)
        taken.append((clock() - began) / STEPS)
    return statistics.median(taken)


def _turn(step: TrainStep[B, S], first: int, count: int) -> None:
    """Take some steps, and wait until the device has done them."""
    measured = [
        step.take(cursor, progress=MIDDLE, rate_factor=1.0)
        for cursor in range(first, first + count)
    ]
    read_reports(measured[-1:])
