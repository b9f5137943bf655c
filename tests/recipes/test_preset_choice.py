"""The choice of a preset: larger ones for more text and more time."""

import pytest

from lmkit.config import preset_names
from lmkit.recipes.preset_choice import choose_preset


def test_presets_grow_with_text_and_time():
    assert choose_preset(1_000, 60) == "tiny"
    assert choose_preset(900_000, 1) == "tiny"
    assert choose_preset(900_000, 2) == "brief"
    assert choose_preset(900_000, 10) == "small"
    assert choose_preset(47_000_000, 10) == "brief"
    assert choose_preset(900_000, 60) == "wide"
    assert choose_preset(200_000, 60) == "small"
    assert choose_preset(47_000_000, 60) == "medium"


def test_few_epochs_are_brief_where_minutes_are_not_counted():
    assert choose_preset(900_000, 0, epochs=2) == "brief"
    assert choose_preset(900_000, 0, epochs=3) == "small"
    assert choose_preset(900_000, 0) == "small"


@pytest.mark.parametrize("words", [1_000, 60_000, 400_000, 4_000_000])
@pytest.mark.parametrize("minutes", [0, 1, 20, 30])
def test_every_preset_chosen_is_there(words, minutes):
    assert choose_preset(words, minutes) in preset_names()
