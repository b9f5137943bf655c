"""How what was left open is chosen."""

from pathlib import Path

import pytest

from lmkit.nn.heads.head import LARGE_VOCABULARY
from lmkit.recipes.resolve import EXACT_FRACTION, TrainRequest, fitting_preset, with_exact_fraction
from lmkit.training.config import TrainingConfig


def test_a_large_vocabulary_cannot_afford_an_exact_end():
    assert with_exact_fraction(TrainingConfig(), LARGE_VOCABULARY).exact_fraction == EXACT_FRACTION
    assert with_exact_fraction(TrainingConfig(), LARGE_VOCABULARY + 1).exact_fraction == 0.0


def test_an_exact_end_that_was_asked_for_stays():
    for share in (0.0, 0.3):
        asked = TrainingConfig(exact_fraction=share)
        assert with_exact_fraction(asked, 10**6) == asked == with_exact_fraction(asked, 10)


@pytest.mark.parametrize(
    ("asked", "words", "speed", "preset"),
    [
        ({"minutes": 15}, 900_000, 1.0, "small"),
        ({"minutes": 15}, 900_000, 3.0, "wide"),  # what half an hour and more would be elsewhere
        ({"minutes": 60}, 900_000, 0.3, "small"),
        ({"minutes": 50, "direction": "both"}, 900_000, 1.0, "small"),
        ({"minutes": 50, "direction": "backward"}, 900_000, 1.0, "wide"),
        ({"minutes": 2}, 900_000, 1.0, "brief"),
        ({"minutes": 2}, 900_000, 2.0, "small"),
        ({"epochs": 2}, 900_000, 1.0, "brief"),
        ({"epochs": 4}, 900_000, 1.0, "small"),
        ({}, 47_000_000, 1.0, "brief"),  # ten minutes, where nothing is said
        ({"epochs": 1}, 47_000_000, 0.01, "medium"),
    ],
)
def test_the_preset_fits_the_time_a_direction_has_on_this_machine(asked, words, speed, preset):
    request = TrainRequest(sources=("text",), out=Path("out"), **asked)
    assert fitting_preset(request, words, speed=lambda: speed) == preset


def test_where_epochs_are_counted_the_machine_is_not_measured():
    request = TrainRequest(sources=("text",), out=Path("out"), epochs=2)
    assert fitting_preset(request, 900_000, speed=lambda: 1 / 0) == "brief"
