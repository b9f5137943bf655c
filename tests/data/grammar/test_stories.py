"""Stories: what is told is true at the time, checked by following the story as a reader would."""

import random

import pytest

from lmkit.data.grammar.lexicon import PEOPLE
from lmkit.data.grammar.rules import Grammar
from lmkit.data.grammar.stories import STORY, story_rules


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return Grammar(STORY, story_rules())


def follow(story: str) -> None:
    """Read a story sentence by sentence, keeping who is where and who holds the thing."""
    places: dict[str, str] = {}
    holder = thing = ""
    for sentence in story.split(" .")[:-1]:
        words = sentence.split()
        if words[1] == "and":
            places = {words[0]: words[-1], words[2]: words[-1]}
        elif words[1] == "has":
            holder, thing = words[0], words[-1]
        elif words[1] == "gives":
            assert words[0] == holder
            assert words[3] == thing
            assert places[words[0]] == places[words[5]]
            holder = words[5]
        elif words[1] == "goes":
            assert places[words[0]] != words[4]
            places[words[0]] = words[4]
            if "with" in words:
                assert (words[0], words[-2:]) == (holder, [PEOPLE[holder], thing])
        elif words[3] == "with":
            assert words[1:] == [thing, "is", "with", holder]
        else:
            assert words[1:] == [thing, "is", "in", "the", places[holder]]


def test_stories_hold_together(grammar):
    chance = random.Random(4)
    for _ in range(400):
        follow(" ".join(grammar.sample(chance)[:-1]))


def test_no_two_rules_of_a_symbol_begin_alike(grammar):
    for symbol in grammar.rules:
        assert grammar.choices(symbol)


def test_a_fact_about_the_thing_can_be_known(grammar):
    story = "anna and ben are in the market . ben has a ring . the ring is in the"
    assert grammar.next_words(story.split()) == {"market": 1.0}
