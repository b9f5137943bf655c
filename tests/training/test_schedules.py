"""Rates rise, then fall, for every shape there is."""

import pytest

from lmkit.training.config import TrainingConfig
from lmkit.training.schedules import SCHEDULES, dropout_share, rate_share

POINTS = [number / 1000 for number in range(1001)]


@pytest.mark.parametrize("schedule", SCHEDULES.names())
def test_the_rate_rises_and_then_never_rises_again(schedule):
    config = TrainingConfig(schedule=schedule, warm_up=0.1)
    shares = [rate_share(point, config) for point in POINTS]
    assert all(0 <= share <= 1 for share in shares)
    assert shares[:101] == sorted(shares[:101])
    assert shares[100:] == sorted(shares[100:], reverse=True)
    assert shares[100] == pytest.approx(1.0)
    assert shares[-1] == pytest.approx(1.0 if schedule == "constant" else 0.0, abs=1e-9)


def test_something_can_be_left_at_the_end():
    config = TrainingConfig(final_rate=0.1)
    assert rate_share(1.0, config) == pytest.approx(0.1)


def test_dropout_falls_to_nothing_in_the_last_part():
    config = TrainingConfig(dropout_anneal=0.25)
    assert [dropout_share(p, config) for p in (0.0, 0.75, 0.875, 1.0)] == [1, 1, 0.5, 0]
    assert dropout_share(1.0, TrainingConfig(dropout_anneal=0.0)) == 1.0


def test_a_run_of_few_passes_drops_less():
    config = TrainingConfig(dropout_passes=6.0, dropout_anneal=0.0)
    found = [dropout_share(0.5, config, passes=passes) for passes in (0.5, 1.0, 3.0, 6.0, 40.0)]
    assert found == pytest.approx([0.0, 0.0, 0.4, 1.0, 1.0])
    assert dropout_share(0.5, TrainingConfig(dropout_anneal=0.0), passes=0.1) == 1.0
    both = TrainingConfig(dropout_passes=6.0, dropout_anneal=0.25)
    assert dropout_share(0.875, both, passes=3.0) == pytest.approx(0.2)
