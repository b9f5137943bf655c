"""Streams and speed that follow from measured steps."""

from dataclasses import replace

import pytest
import torch

from lmkit.config import RunConfig
from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig
from lmkit.recipes import device_plan
from lmkit.recipes.device_plan import (
    FEWEST_STEPS,
    MOST_STREAMS,
    choose_streams,
    speed_of,
    with_streams,
)
from lmkit.training.config import TrainingConfig

FREE = TrainingConfig(minutes=60, batch=16, time=10)


def idle(streams: int) -> float:
    """A step of a device that is never full."""
    return 0.01


def full(streams: int) -> float:
    """A step of a device that is full already."""
    return 0.001 * streams


def test_streams_are_doubled_while_the_device_is_idle():
    assert choose_streams(FREE, 10**6, seconds=idle) == MOST_STREAMS


def test_a_full_device_keeps_the_streams_of_the_preset():
    assert choose_streams(FREE, 10**6, seconds=full) == 16


def test_doubling_ends_where_it_gains_too_little():
    def seconds(streams: int) -> float:
        return 0.001 * max(streams, 32)

    assert choose_streams(FREE, 10**6, seconds=seconds) == 32


@pytest.mark.parametrize(
    ("budget", "words", "expected"),
    [
        ({"minutes": 0.5}, 10**9, 16),  # 3,000 steps of a hundredth of a second
        ({"minutes": 2.0}, 10, 128),
        ({"minutes": 0.0, "epochs": 2.0}, FEWEST_STEPS * 32 * 10 // 2, 32),
        ({"minutes": 0.0, "epochs": 0.0}, FEWEST_STEPS * 64 * 10, 64),
    ],
)
def test_a_run_keeps_enough_steps(budget, words, expected):
    assert choose_streams(replace(FREE, **budget), words, seconds=idle) == expected


def test_more_streams_than_the_most_stay():
    assert choose_streams(replace(FREE, batch=500), 10**6, seconds=full) == 500


def test_the_settings_are_the_same_but_for_the_streams(monkeypatch):
    asked = []

    def measured(model, training, device, *, streams):
        asked.append((model, device.type, streams))
        return 0.01

    monkeypatch.setattr(device_plan, "step_seconds", measured)
    model = RecurrentLMConfig(vocab_size=9)
    config = replace(RunConfig(), model=model, training=FREE)
    found = with_streams(config, 10**6, torch.device("cuda"))
    assert found == replace(config, training=replace(FREE, batch=MOST_STREAMS))
    assert asked == [(model, "cuda", streams) for streams in (16, 32, 64, 128)]


def test_a_device_is_as_fast_as_the_words_it_trains_on(monkeypatch):
    monkeypatch.setattr(device_plan, "step_seconds", lambda *_, **__: 60.0 * 40 * 35 / 4e6)
    assert speed_of(torch.device("cuda")) == pytest.approx(4.0)


def test_a_processor_is_measured_by_its_product(monkeypatch):
    monkeypatch.setattr(device_plan, "relative_speed", lambda precision: 0.5)
    assert speed_of(torch.device("cpu")) == 0.5
