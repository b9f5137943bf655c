"""Scaling: fitted on the training part, undone exactly."""

import numpy as np
import pytest

from lmkit.core.errors import DataError, UsageError
from lmkit.forecasting.scaling import ScalingConfig, fit_scaling, season_waves

VALUES = np.exp(np.random.default_rng(0).normal(size=(40, 2)).cumsum(0) / 5)


@pytest.mark.parametrize("differences", [(), (1,), (12,), (1, 12), (12, 1), (1, 1)])
@pytest.mark.parametrize("log", ["yes", "no"])
def test_inverting_what_really_came_gives_it_back(differences, log):
    config = ScalingConfig(log=log, differences=differences)
    scaling = fit_scaling(VALUES[:30], config)
    scaled = scaling.apply(VALUES)
    assert len(scaled) == 40 - scaling.shortened
    back = scaling.invert(scaled[None, -10:], VALUES[:30])
    assert np.allclose(back[0], VALUES[30:])


def test_the_training_part_has_mean_nought_and_deviation_one():
    scaled = fit_scaling(VALUES, ScalingConfig()).apply(VALUES)
    assert np.allclose(scaled.mean(0), 0)
    assert np.allclose(scaled.std(0), 1)


def test_a_constant_series_is_scaled_without_dividing_by_nought():
    values = np.full((10, 1), 3.0)
    scaling = fit_scaling(values, ScalingConfig())
    assert np.allclose(scaling.invert(scaling.apply(values)[None, :4], values), 3.0)


def test_the_logarithm_is_taken_where_there_is_one():
    assert fit_scaling(VALUES, ScalingConfig()).log
    assert not fit_scaling(VALUES - 5, ScalingConfig()).log
    with pytest.raises(DataError):
        fit_scaling(VALUES - 5, ScalingConfig(log="yes"))
    with pytest.raises(DataError):
        fit_scaling(VALUES, ScalingConfig()).apply(VALUES - 5)


def test_too_short_a_series_and_bad_lags_are_refused():
    with pytest.raises(DataError):
        fit_scaling(VALUES[:5], ScalingConfig(differences=(12,)))
    with pytest.raises(UsageError):
        ScalingConfig(differences=(0,))


def test_waves_tell_the_months_apart_and_repeat():
    waves = season_waves(0, 24, 12)
    assert waves.shape == (24, 12)
    assert np.allclose(waves[:12], waves[12:])
    assert np.linalg.matrix_rank(waves[:12], tol=1e-6) == 11
    assert season_waves(0, 5, 1).shape == (5, 0)
