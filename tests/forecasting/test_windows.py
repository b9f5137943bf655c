"""Windows of a series."""

import math

import numpy as np
import pytest
import torch

from lmkit.core.errors import DataError
from lmkit.core.perplexity import MOST_NATS
from lmkit.core.seeding import make_generator
from lmkit.forecasting.model import ForecastModel, ForecastModelConfig
from lmkit.forecasting.windows import (
    SeriesValidator,
    SeriesWindows,
    series_tensors,
)

SCALED = np.random.default_rng(0).normal(size=(30, 2))


def test_inputs_stand_before_their_targets_and_know_the_place_of_the_target():
    whole = series_tensors(SCALED, first=5, season=4)
    assert whole.inputs.shape == (1, 29, 2 + 4)
    assert torch.allclose(whole.inputs[0, 1:, :2], whole.targets[0, :-1])
    assert float(whole.inputs[0, 0, 2]) == pytest.approx(math.sin(2 * math.pi * 6 / 4), abs=1e-6)


def test_windows_are_parts_of_the_series_and_depend_on_the_step_alone():
    whole = series_tensors(SCALED, first=0, season=1)
    windows = SeriesWindows(whole, batch=4, time=6, seed=1)
    batch = windows.at(3)
    assert torch.equal(batch.inputs, windows.at(3).inputs)
    assert not torch.equal(batch.inputs, windows.at(4).inputs)
    parts = whole.inputs[0].unfold(0, 6, 1).transpose(1, 2)
    for row in batch.inputs:
        assert any(torch.equal(row, part) for part in parts)
    assert windows.starts_epoch(0)


def test_a_series_of_one_number_is_refused():
    with pytest.raises(DataError):
        SeriesWindows(series_tensors(SCALED[:2], first=0, season=1), batch=1, time=4, seed=0)


def test_validation_measures_the_tail_after_reading_all():
    model = ForecastModel(
        ForecastModelConfig(columns=2, hidden=4), torch.Generator().manual_seed(0)
    )
    whole = series_tensors(SCALED, first=0, season=1)
    validator = SeriesValidator(model.eval(), whole, tail=3)
    with torch.no_grad():
        state, losses = model.start(1), []
        for at in range(29):
            hidden, state = model.read(whole.inputs[:, at : at + 1], state)
            losses.append(float(model.head.loss(hidden, whole.targets[:, at : at + 1])))
    found = validator.validate(validator.tokens)
    assert found.tokens == 6
    assert found.perplexity == pytest.approx(math.exp(sum(losses[-3:]) / 6))


def test_the_waves_go_on_from_the_first_observation():
    whole = series_tensors(SCALED, first=0, season=12)
    later = series_tensors(SCALED[7:], first=7, season=12)
    assert torch.equal(whole.inputs[:, 7:], later.inputs)
    assert torch.equal(whole.targets[:, 7:], later.targets)


def test_another_seed_draws_other_windows():
    whole = series_tensors(SCALED, first=0, season=1)
    first, second = (SeriesWindows(whole, batch=4, time=6, seed=seed) for seed in (1, 2))
    assert not torch.equal(first.at(0).inputs, second.at(0).inputs)


def test_every_place_of_the_series_is_learned_from():
    whole = series_tensors(np.arange(12.0)[:, None], first=0, season=1)
    windows = SeriesWindows(whole, batch=8, time=3, seed=0)
    seen = {float(value) for step in range(40) for value in windows.at(step).targets.flatten()}
    assert seen == set(range(1, 12))


@pytest.mark.parametrize(
    ("batch", "time", "steps"), [(1, 29, 1), (1, 10, 3), (2, 10, 2), (16, 24, 1), (1, 1, 29)]
)
def test_an_epoch_reads_about_the_whole_series(batch, time, steps):
    whole = series_tensors(SCALED, first=0, season=1)
    assert SeriesWindows(whole, batch=batch, time=time, seed=0).steps_per_epoch == steps


def test_a_window_longer_than_the_series_is_the_series():
    whole = series_tensors(SCALED, first=0, season=1)
    batch = SeriesWindows(whole, batch=2, time=100, seed=0).at(5)
    assert torch.equal(batch.inputs[0], whole.inputs[0])
    assert torch.equal(batch.targets[1], whole.targets[0])


def test_fewer_times_are_measured_where_fewer_are_asked_for():
    model = ForecastModel(ForecastModelConfig(columns=2, hidden=4), make_generator(0)).eval()
    whole = series_tensors(SCALED, first=0, season=1)
    validator = SeriesValidator(model, whole, tail=0)
    assert validator.tokens == 29
    with torch.no_grad():
        hidden, _ = model.read(whole.inputs, model.start(1))
        loss = float(model.head.loss(hidden[:, :5], whole.targets[:, :5])) / 10
    assert validator.validate(5).perplexity == pytest.approx(math.exp(loss))
    assert validator.validate(0).perplexity == validator.validate(1).perplexity


def test_a_loss_that_is_too_large_is_still_a_number():
    model = ForecastModel(ForecastModelConfig(hidden=4), make_generator(0)).eval()
    with torch.no_grad():
        model.head.project.weight.zero_()
        model.head.project.bias.copy_(torch.tensor([0.0, -100.0]))
    far = series_tensors(np.full((5, 1), 1e6), first=0, season=1)
    assert SeriesValidator(model, far, tail=2).validate(2).perplexity == math.exp(MOST_NATS)
