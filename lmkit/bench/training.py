"""Timing of the trainer's own steps on random ids.

Arithmetic of a step, in floating-point operations: a matrix of P weights costs 2 P a word forward,
and 4 P backward, once for its input and once for itself. Look-ups, gates, softmax, clipping and the
optimiser count as nothing, so the share of the matrix product is a lower bound of what the machine
does.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from lmkit.bench.machine import measure_matrix_product
from lmkit.core.devices import keep_freed_memory
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batches
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.matmul import matmul
from lmkit.results.bench import TrainingFigures
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers.build import row_tables
from lmkit.training.precision import product_dtype
from lmkit.training.step import TrainStep

BATCH, WINDOW = 20, 35
WINDOWS = 16  # of a stream, before they come again
MIDDLE = 0.5  # of a run: no warming up, no last part that differs
WARM_UP = 2  # steps before any is timed
LEARNING_RATE = 1e-3

Step = Callable[[], object]
FULL = TrainingConfig(optimizer="adamw", learning_rate=LEARNING_RATE)
DEFAULT = TrainingConfig(learning_rate=LEARNING_RATE)


@dataclass(frozen=True, slots=True)
class Turns:
    """Seconds of steps taken in turns."""

    seconds: dict[str, float]  # of one step, by name
    gflops: float  # matrix product between the turns, in the number format of the steps


def measure_training(
    config: RecurrentLMConfig, *, rounds: int = 4, steps: int = 3, seed: int = 0
) -> TrainingFigures:
    """Measure training with the full softmax, and as `lmkit train` does it, in turns.

    Args:
        config: The model.
        rounds: Turns of each.
        steps: Training steps a turn.
        seed: For weights and ids.
    """
    full = RecurrentLM(replace(config, head="full"), make_generator(seed))
    default = RecurrentLM(replace(config, head="auto"), make_generator(seed))
    takers = {
        "full": training_step(full, FULL, seed=seed),
        "default": training_step(default, DEFAULT, seed=seed),
    }
    dtype = product_dtype(FULL.precision, full)
    turns = take_turns(takers, rounds=rounds, steps=steps, dtype=dtype)
    rate = BATCH * WINDOW / turns.seconds["full"]
    return TrainingFigures(
        words_per_second=rate,
        matrix_product_share=operations_per_word(full) * rate / (turns.gflops * 1e9),
        default_words_per_second=BATCH * WINDOW / turns.seconds["default"],
    )


def training_step(
    model: RecurrentLM,
    training: TrainingConfig,
    *,
    batch: int = BATCH,
    window: int = WINDOW,
    seed: int = 0,
) -> Step:
    """Return the trainer's step: each call reads the next window and moves the weights.

    Args:
        model: Whose weights are moved.
        training: How.
        batch: Streams read side by side.
        window: Ids of a stream.
        seed: For the ids.
    """
    windows = random_windows(model.vocab_size, batch=batch, window=window, seed=seed)
    if not row_tables(model, training):
        keep_freed_memory()
    train_step = TrainStep(model, windows, training, seed=seed)
    cursor = itertools.count()
    return lambda: train_step.step(next(cursor), progress=MIDDLE, rate_factor=1.0)


def random_windows(vocab_size: int, *, batch: int, window: int, seed: int = 0) -> Batches:
    """Return windows of a text in which every id is as frequent as any other."""
    ids = np.random.default_rng(seed).integers(vocab_size, size=batch * window * WINDOWS)
    return Batches(ids, batch=batch, time=window, line_end_id=0)


def take_turns(
    takers: Mapping[str, Step],
    *,
    rounds: int,
    steps: int,
    dtype: torch.dtype = torch.float32,
) -> Turns:
    """Time several ways to take a step in turns, so that a busy machine slows all alike.

    Args:
        takers: The ways, by name.
        rounds: Turns of each.
        steps: Steps a turn.
        dtype: Number format of the matrix product between the turns.

    Returns:
        Medians over the turns.
    """
    taken: dict[str, list[float]] = {name: [] for name in takers}
    for step in takers.values():
        _seconds(step, WARM_UP)
    product = matmul if dtype == torch.float32 else torch.mm
    rates = []
    for _ in range(rounds):
        for name, step in takers.items():
            taken[name].append(_seconds(step, steps))
        rates.append(measure_matrix_product(runs=3, product=product, dtype=dtype))
    seconds = {name: statistics.median(values) for name, values in taken.items()}
    return Turns(seconds, statistics.median(rates))


def operations_per_word(model: nn.Module) -> int:
    """Return the operations of a training step for each word.

    Args:
        model: All of whose matrices are multiplied with once a word, as those of an LSTM with tied
            word vectors and a full softmax are.
    """
    return 6 * sum(weight.numel() for weight in model.parameters() if weight.dim() > 1)


def _seconds(step: Step, count: int) -> float:
    """Return the seconds of one step, the mean of some."""
    began = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - began) / count
