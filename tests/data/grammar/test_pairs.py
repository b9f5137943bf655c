"""Minimal pairs of agreement at a chosen distance."""

import math

import pytest

from lmkit.core.errors import UsageError
from lmkit.data.grammar.lexicon import ATTRACTORS
from lmkit.data.grammar.pairs import agreement_pairs
from lmkit.data.sources.grammar import english_grammar


@pytest.mark.parametrize("distance", range(14))
def test_the_grammar_says_the_good_sentence_and_never_the_bad_one(distance):
    grammar = english_grammar()
    for pair in agreement_pairs(distance, 20, seed=distance):
        assert grammar.log_probability(pair.good) > -math.inf
        assert grammar.log_probability(pair.bad) == -math.inf
        good, bad = pair.good.split(), pair.bad.split()
        differing = [i for i, (a, b) in enumerate(zip(good, bad, strict=True)) if a != b]
        assert differing == [distance + 2]
        assert pair.prefix.split() == good[: distance + 2]


def test_attractors_are_counted():
    plurals = {noun.plural for noun in ATTRACTORS}
    for pair in agreement_pairs(9, 50, seed=1):
        words = pair.good.split()
        between = [
            w in plurals for w in words[2:11] if w in plurals | {n.singular for n in ATTRACTORS}
        ]
        is_plural = words[1].endswith("s") or words[1] in {"children", "women"}
        assert pair.attractors == sum(plural != is_plural for plural in between)


def test_equal_seeds_give_equal_pairs():
    assert agreement_pairs(4, 5, seed=3) == agreement_pairs(4, 5, seed=3)
    assert agreement_pairs(4, 5, seed=3) != agreement_pairs(4, 5, seed=4)


def test_a_pair_is_a_line_of_a_pairs_file():
    (pair,) = agreement_pairs(0, 1)
    assert pair.to_dict() == {"sentence_good": pair.good, "sentence_bad": pair.bad}


def test_a_negative_distance_is_refused():
    with pytest.raises(UsageError):
        agreement_pairs(-1, 1)
