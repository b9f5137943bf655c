"""Averages of weights against means computed from all of them."""

import pytest
import torch
from torch import nn

from lmkit.training.averaging import AVERAGERS, TRIGGER, RunProgress
from lmkit.training.config import TrainingConfig

CONFIG = TrainingConfig(epochs=1, average_from=0.5)


def averager(name: str):
    return AVERAGERS.get(name)(CONFIG)


def model(value: float) -> nn.Linear:
    made = nn.Linear(2, 1)
    for weight in made.parameters():
        nn.init.constant_(weight, value)
    return made


def weight_of(made: nn.Linear) -> float:
    return float(made.weight.detach()[0, 0])


@pytest.mark.parametrize(
    ("name", "progress", "stale", "expected"),
    [
        ("none", 1.0, 99, False),
        ("tail", 0.4, 99, False),
        ("tail", 0.5, 0, True),
        ("moving", 0.4, 0, False),
        ("moving", 0.6, 0, True),
        ("triggered", 1.0, TRIGGER - 1, False),
        ("triggered", 0.0, TRIGGER, True),
    ],
)
def test_an_average_begins_where_its_name_says(name, progress, stale, expected):
    assert averager(name).is_due(RunProgress(progress, stale)) is expected


def test_a_triggered_average_goes_on_once_begun():
    triggered = averager("triggered")
    triggered.add(model(1.0), steps=10)
    assert triggered.is_due(RunProgress(0.1, 0))


@pytest.mark.parametrize("name", ["tail", "triggered"])
def test_all_weights_count_alike(name):
    mean, values = averager(name), [1.0, 2.0, 6.0]
    for value in values:
        mean.add(model(value), steps=100)
    tested = model(50.0)
    with mean.applied(tested):
        assert weight_of(tested) == pytest.approx(sum(values) / 3)
    assert weight_of(tested) == 50.0


def test_a_moving_average_forgets_old_weights():
    moving = averager("moving")
    expected = None
    for count in range(1, 60):
        value = float(count)
        moving.add(model(value), steps=500)
        coefficient = max(1 / count, 1 / 10)  # looks back 2% of 500 steps
        expected = value if expected is None else expected + coefficient * (value - expected)
    tested = model(0.0)
    with moving.applied(tested):
        assert weight_of(tested) == pytest.approx(expected)


def test_nothing_is_put_in_place_before_an_average_has_begun():
    tested = model(3.0)
    with averager("tail").applied(tested):
        assert weight_of(tested) == 3.0


def test_the_weights_come_back_even_after_an_error():
    mean, tested = averager("tail"), model(3.0)
    mean.add(model(1.0), steps=1)
    with pytest.raises(RuntimeError), mean.applied(tested):
        raise RuntimeError
    assert weight_of(tested) == 3.0


def test_a_state_is_taken_over_as_a_copy():
    first, second = averager("tail"), averager("tail")
    first.add(model(1.0), steps=1)
    second.load(first.state())
    first.add(model(5.0), steps=1)
    assert second.count == 1
    tested = model(0.0)
    with second.applied(tested):
        assert weight_of(tested) == 1.0
    second.restart()
    assert second.state() == {"/count": 0}


def test_counters_are_copied_not_averaged():
    mean, counting = averager("tail"), nn.Linear(1, 1)
    counting.register_buffer("seen", torch.tensor(3))
    mean.add(counting, steps=1)
    counting.seen.fill_(8)
    mean.add(counting, steps=1)
    assert int(mean.state()["seen"]) == 8
