"""Settings chosen by the size of the text."""

import pytest

from lmkit.config import RunConfig
from lmkit.nn.heads.head import LARGE_VOCABULARY
from lmkit.recipes.defaults import (
    DEFAULT_MINUTES,
    EXACT_FRACTION,
    MOST_EPOCHS,
    SMALL_TEXT,
    choose_models,
    fitting_preset,
    for_text,
    with_budget,
    with_exact_fraction,
)
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
        ({"minutes": 50, "directions": 2}, 900_000, 1.0, "small"),
        ({"minutes": 50, "directions": 1}, 900_000, 1.0, "wide"),
        ({"minutes": 2}, 900_000, 1.0, "brief"),
        ({"minutes": 2}, 900_000, 2.0, "small"),
        ({"epochs": 2}, 900_000, 1.0, "brief"),
        ({"epochs": 4}, 900_000, 1.0, "small"),
        ({}, 47_000_000, 1.0, "brief"),  # ten minutes, where nothing is said
        ({"epochs": 1}, 47_000_000, 0.01, "medium"),
    ],
)
def test_the_preset_fits_the_time_a_direction_has_on_this_machine(asked, words, speed, preset):
    asked = dict(asked)
    directions = asked.pop("directions", 1)
    training = TrainingConfig(**asked)
    found = fitting_preset(training, words, members=directions, speed=lambda: speed)
    assert found == preset


def test_where_epochs_are_counted_the_machine_is_not_measured():
    training = TrainingConfig(epochs=2)
    assert fitting_preset(training, 900_000, members=1, speed=lambda: 1 / 0) == "brief"


def test_a_small_text_gets_epochs_and_a_large_one_minutes():
    assert with_budget(TrainingConfig(), 100).epochs == MOST_EPOCHS
    assert with_budget(TrainingConfig(), 200_000).epochs == 10
    assert with_budget(TrainingConfig(), SMALL_TEXT).minutes == 0
    assert with_budget(TrainingConfig(), SMALL_TEXT + 1).minutes == DEFAULT_MINUTES


def test_a_budget_that_was_given_stays():
    for given in (TrainingConfig(epochs=0.5), TrainingConfig(minutes=3)):
        assert with_budget(given, 10) is given
        assert with_budget(given, 10**9) is given


def test_the_text_completes_the_settings_and_changes_nothing_else():
    config = RunConfig()
    found = for_text(config, words=1000, vocab_size=5000)
    assert found.model.vocab_size == 5000
    assert found.model.head == "sampled"  # 5,000 words are above the limit of the full softmax
    assert found.training.epochs == MOST_EPOCHS
    assert found.training.exact_fraction == EXACT_FRACTION
    assert (found.text, found.data) == (config.text, config.data)


@pytest.mark.parametrize(
    ("training", "words", "directions", "cores", "expected"),
    [
        ({"epochs": 7.0}, 900_000, 1, 2, 2),
        ({"epochs": 1.0}, 900_000, 1, 2, 1),
        ({"minutes": 10.0}, 900_000, 1, 2, 2),
        ({"minutes": 10.0}, 20_000_000, 1, 2, 1),
        ({"minutes": 10.0}, 900_000, 2, 2, 1),
        ({"minutes": 60.0}, 900_000, 2, 4, 2),
        ({"epochs": 7.0}, 900_000, 1, 16, 4),
        ({"epochs": 7.0}, 900_000, 1, 1, 1),
    ],
)
def test_networks_are_as_many_as_cores_where_a_text_is_read_often(
    training, words, directions, cores, expected
):
    found = choose_models(
        TrainingConfig(**training), words, directions=directions, cores=cores, speed=lambda: 1.0
    )
    assert found == expected


def test_a_gpu_trains_one_network():
    found = choose_models(TrainingConfig(epochs=9.0), 10**6, directions=1, device="cuda", cores=8)
    assert found == 1
