"""Settings of a filling: impossible ones are refused, choices and lengths reach the blanks."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.inference.fill.config import FillConfig, known_choices, with_lengths
from lmkit.inference.fill.fill import fill_text
from lmkit.models.directions import Directions
from lmkit.text.blanks import parse_blanks


@pytest.mark.parametrize("bad", [{"k": 0}, {"words": (2, 1)}, {"words": (0, 1)}, {"choices": ()}])
def test_impossible_requests_are_refused(bad):
    with pytest.raises(UsageError):
        FillConfig(**bad)


def test_choices_to_avoid_are_not_offered(world):
    config = FillConfig(choices=("cat", "old dog", "dog"), avoid=frozenset(["Old", "cat"]))
    filling = fill_text(Directions(forward=world.model), world.vocabulary, "the ___ sat", config)
    assert [filled.words for filled in filling.fillings] == [("dog",)]


def test_an_unknown_choice_is_named(world):
    config = FillConfig(choices=("cat", "unicorn"))
    with pytest.raises(UsageError, match="'unicorn'"):
        fill_text(Directions(forward=world.model), world.vocabulary, "the ___", config)


def test_choices_are_tidied_and_given_once(world):
    config = FillConfig(choices=(" cat ", "dog", "cat", "old  dog", ""))
    choices = known_choices(world.vocabulary, config, parse_blanks("the ___ sat"))
    assert choices == ("cat", "dog", "old dog")


def test_lengths_that_are_asked_for_take_the_place_of_those_of_the_text():
    template = parse_blanks("the ___ sat on a ____+ log")
    assert with_lengths(template, FillConfig()) == template
    asked = with_lengths(template, FillConfig(words=(2, 4)))
    assert [(blank.min_words, blank.max_words) for blank in asked.blanks] == [(2, 4), (2, 4)]
    assert asked.segments == template.segments
