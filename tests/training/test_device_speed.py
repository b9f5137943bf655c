"""The duration of a step by the clock: the median of some turns, the first steps left out."""

import itertools

import pytest
import torch

from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig
from lmkit.training.config import TrainingConfig
from lmkit.training.device_speed import STEPS, TURNS, step_seconds

SHAPE = RecurrentLMConfig(vocab_size=20, hidden=4, embedding=4)
TRAINING = TrainingConfig(epochs=1, time=3)


class Clock:
    """A clock whose readings are given."""

    def __init__(self, *turns: float) -> None:
        ends = itertools.accumulate(turns)
        self.times = iter(
            [time for end, took in zip(ends, turns, strict=True) for time in (end - took, end)]
        )

    def __call__(self) -> float:
        return next(self.times)


def test_the_median_turn_counts(device):
    assert TURNS == 3
    clock = Clock(9.0, 4.0, 5.0)
    found = step_seconds(SHAPE, TRAINING, device, streams=2, clock=clock)
    assert found == pytest.approx(5.0 / STEPS)


def test_the_device_is_waited_for_once_a_turn(other):
    waits = []
    read = torch.Tensor.tolist

    class Counting(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            if func is read:
                waits.append(func)
            return func(*args, **(kwargs or {}))

    with Counting():
        assert step_seconds(SHAPE, TRAINING, other.OTHER, streams=2) > 0
    assert len(waits) == TURNS + 1
