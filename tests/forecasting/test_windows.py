"""Windows of a series."""

import math

import numpy as np
import pytest
import torch

from lmkit.core.errors import DataError
from lmkit.forecasting.model import ForecastModel, ForecastModelConfig
from lmkit.forecasting.windows import SeriesValidator, SeriesWindows, series_tensors

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
