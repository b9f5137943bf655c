"""Checkpoints by time, by steps, and not so often that they cost more than a fiftieth."""

from lmkit.training.checkpoint_times import RATIO, CheckpointTimes
from lmkit.training.config import TrainingConfig


def times(**settings: float) -> CheckpointTimes:
    found = CheckpointTimes(TrainingConfig(epochs=1, **settings))
    found.start(1000.0)
    return found


def test_a_checkpoint_is_due_after_the_minutes():
    by_time = times(checkpoint_minutes=0.5)
    assert [by_time.is_due(7, 1000.0 + seconds) for seconds in (0, 29, 30)] == [False, False, True]
    assert by_time.written(1030.0, 1030.5) == 0.5
    assert not by_time.is_due(8, 1060.0)
    assert by_time.is_due(9, 1060.5)


def test_a_checkpoint_is_due_after_so_many_steps_whatever_the_time():
    by_steps = times(checkpoint_steps=5)
    assert [step for step in range(16) if by_steps.is_due(step, 1000.0)] == [5, 10, 15]


def test_without_steps_time_alone_decides():
    assert not any(times().is_due(step, 1000.0) for step in range(100))


def test_checkpoints_cost_less_than_two_percent_of_the_time_however_long_they_take():
    slow, now, spent = times(checkpoint_minutes=0.01), 1000.0, 0.0
    for step in range(20_000):
        now += 0.1
        if slow.is_due(step, now):
            slow.written(now, now + 3.0)
            now, spent = now + 3.0, spent + 3.0
    assert 3 / RATIO / 4 < spent / (now - 1000.0) < 0.02
