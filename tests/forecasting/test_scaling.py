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


@pytest.mark.parametrize("scale", [1e-100, 1e-15, 1e-3, 1.0, 1e9, 1e100])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_units_of_a_series_do_not_matter(scale, sign):
    values = sign * scale * VALUES
    scaling = fit_scaling(values, ScalingConfig(log="no"))
    scaled = scaling.apply(values)
    assert np.allclose(scaled, sign * fit_scaling(VALUES, ScalingConfig(log="no")).apply(VALUES))
    assert np.allclose(scaling.invert(scaled[None, -5:], values[:-5]), values[-5:], rtol=1e-9)


@pytest.mark.parametrize("slope", [0.1, 1e-9, 1e9, -3.0])
def test_a_straight_line_is_scaled_to_nothing(slope):
    values = slope * np.arange(1.0, 31.0)[:, None]
    scaling = fit_scaling(values, ScalingConfig(log="no"))
    assert scaling.deviation == (1.0,)
    assert np.allclose(scaling.apply(values), 0, atol=1e-6 * abs(slope) + 1e-12)


def test_numbers_whose_squares_are_too_large_are_refused():
    values = np.array([[1e200], [-1e200], [3e200], [2e200]])
    with pytest.raises(DataError, match="too large; divide them"):
        fit_scaling(values, ScalingConfig())
    with pytest.raises(DataError, match="too large"):
        fit_scaling(np.array([[1e308], [-1e308], [1e308], [0.0]]), ScalingConfig())
    assert fit_scaling(np.abs(values), ScalingConfig()).log


def test_what_grows_beyond_a_number_is_infinite_and_warns_of_nothing():
    values = np.exp(np.arange(10.0))[:, None]
    scaling = fit_scaling(values, ScalingConfig(differences=(1, 1)))
    paths = np.full((2, 400, 1), 1e6)
    assert np.isinf(scaling.invert(paths, values)[:, -1]).all()


def test_the_training_part_alone_is_fitted():
    longer = np.concatenate([VALUES, 100 * VALUES])
    assert fit_scaling(longer[:40], ScalingConfig()) == fit_scaling(VALUES, ScalingConfig())


def test_every_column_is_scaled_by_itself():
    both = fit_scaling(VALUES, ScalingConfig())
    for place in range(2):
        alone = fit_scaling(VALUES[:, [place]], ScalingConfig())
        assert (alone.mean[0], alone.deviation[0]) == pytest.approx(
            (both.mean[place], both.deviation[place])
        )


def test_waves_are_sines_and_cosines_of_the_place():
    waves = season_waves(3, 5, 4)
    for row, at in zip(waves, (3, 4), strict=True):
        slow = [np.sin(2 * np.pi * at * cycle / 4) for cycle in (1, 2)]
        slow += [np.cos(2 * np.pi * at * cycle / 4) for cycle in (1, 2)]
        assert row == pytest.approx(slow)


@pytest.mark.parametrize(
    ("season", "waves"), [(1, 0), (2, 2), (3, 2), (4, 4), (7, 6), (12, 12), (52, 12), (96, 12)]
)
def test_long_seasons_have_no_more_than_six_waves(season, waves):
    assert season_waves(0, 10, season).shape == (10, waves)


@pytest.mark.parametrize(
    ("count", "says"), [(1, "1 value is too few"), (2, "2 values are too few")]
)
def test_a_series_that_is_too_short_is_told_how_long_it_must_be(count, says):
    with pytest.raises(DataError, match=f"{says} to forecast from; give at least 3"):
        fit_scaling(np.ones((count, 1)), ScalingConfig(differences=(1,)))
