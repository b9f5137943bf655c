"""Search of a group of blanks: the fillings of every blank at once, best first."""

import itertools

import pytest

from lmkit.inference.context import BidirectionalScorer
from lmkit.inference.fill.config import FillConfig
from lmkit.inference.fill.group_search import GroupSearch
from lmkit.models.directions import Directions
from lmkit.text.blanks import parse_blanks

CHOICES = ("cat", "dog", "mat")


def searched(world, text, choices=None, **options):
    directions = Directions(forward=world.model)
    reader = BidirectionalScorer(directions, line_end_id=world.vocabulary.line_end_id)
    config = FillConfig(choices=choices, **options)
    template = parse_blanks(text)
    return GroupSearch(reader, world.vocabulary, template, config, choices).run()


def test_all_choices_of_all_blanks_are_ranked_by_the_text_they_make(world):
    ranked, is_whole = searched(world, "the ___ saw the ___", CHOICES)
    expected = {
        words: world.log_prob(f"the {words[0]} saw the {words[1]}")
        for words in itertools.product(CHOICES, repeat=2)
    }
    assert is_whole
    assert [words for words, _ in ranked] == sorted(expected, key=expected.get, reverse=True)
    for words, score in ranked:
        assert score - ranked[0][1] == pytest.approx(
            expected[words] - max(expected.values()), abs=1e-4
        )


def test_words_are_read_to_the_end_of_the_text(world):
    ranked, _ = searched(world, "the ___ sat on the log", k=3)
    scores = [world.log_prob(f"the {words[0]} sat on the log") for words, _ in ranked]
    assert scores == sorted(scores, reverse=True)


def test_nothing_fits_a_beginning_that_no_word_has(world):
    assert searched(world, "the zz___ sat") == ([], True)
