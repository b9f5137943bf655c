"""Means of tuned weights and those they started from."""

import pytest
import torch
from torch import nn

from lmkit.calibration.start_weights import FRACTIONS, fit_tuned_fraction, mean_weights
from lmkit.models.weights import weights_of


def model_at(value):
    model = nn.Linear(2, 1)
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(value)
    return model


def copied(model):
    return {name: weight.clone() for name, weight in weights_of(model).items()}


def distance(model, best):
    return lambda: float((model.weight.detach() - best).abs().sum())


@pytest.mark.parametrize("best", FRACTIONS)
def test_the_mean_that_measures_best_is_set(best):
    start, model = copied(model_at(0.0)), model_at(1.0)
    assert fit_tuned_fraction(model, start, distance(model, best)) == best
    assert torch.allclose(model.weight, torch.tensor(best))


def test_weights_at_either_end_come_back_bit_for_bit():
    torch.manual_seed(0)
    start, tuned = copied(nn.Linear(3, 3)), copied(nn.Linear(3, 3))
    for fraction, whole in ((0.0, start), (1.0, tuned)):
        mean = mean_weights(start, tuned, fraction)
        assert all(torch.equal(mean[name], whole[name]) for name in whole)


def test_the_mean_lies_between():
    start, tuned = copied(model_at(0.0)), copied(model_at(4.0))
    assert torch.equal(mean_weights(start, tuned, 0.25)["weight"], torch.ones(1, 2))


def test_where_nothing_is_better_the_tuned_weights_stay():
    start, model = copied(model_at(0.0)), model_at(1.0)
    before = copied(model)
    assert fit_tuned_fraction(model, start, lambda: 1.0) == 1.0
    assert all(torch.equal(before[name], weight) for name, weight in weights_of(model).items())


def test_a_measure_that_is_no_number_changes_nothing():
    start, model = copied(model_at(0.0)), model_at(1.0)
    assert fit_tuned_fraction(model, start, lambda: float("nan")) == 1.0
    assert torch.equal(model.weight, torch.ones(1, 2))
