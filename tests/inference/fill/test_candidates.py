"""Candidates of a blank are the most probable words after its left side."""

import pytest

from lmkit.inference.context import read_context
from lmkit.inference.fill.candidates import Proposal, propose
from lmkit.inference.vocabulary import is_punctuation
from lmkit.text.blanks import Blank


def proposed(world, before, blank, **options):
    ids = world.tokenizer.encode(before)
    context = read_context(world.model, ids, line_end_id=world.vocabulary.line_end_id)
    proposal = Proposal(**options)
    return propose(
        world.model, world.vocabulary, context, blank, before=before, proposal=proposal
    ), context


def test_candidates_come_best_first_with_their_log_probabilities(world):
    found, context = proposed(world, "the ", Blank())
    row = context.log_probs.tolist()
    for word, log_prob in found.items():
        (number,) = world.tokenizer.encode_inside(f" {word}")
        assert log_prob == pytest.approx(row[number], abs=1e-5)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_punctuation_alone_is_no_candidate(any_world):
    found, _ = proposed(any_world, "the cat ", Blank(), shortlist=1000)
    assert found
    assert not any(map(is_punctuation, found))


def test_candidates_begin_with_what_is_typed(any_world):
    found, _ = proposed(any_world, "the ", Blank(prefix="ca"))
    assert found
    assert all(word.startswith("ca") for word in found)


def test_a_beginning_with_a_capital_is_tried_in_lower_case(world):
    found, _ = proposed(world, "the ", Blank(prefix="Ca"))
    assert set(found) == {"cat"}


def test_words_to_avoid_are_left_out(world):
    everything, _ = proposed(world, "the ", Blank())
    best = next(iter(everything))
    others, _ = proposed(world, "the ", Blank(), avoid=frozenset([best.casefold()]))
    assert set(others) == set(everything) - {best}


@pytest.mark.parametrize(("fewest", "most"), [(1, 2), (2, 2), (1, 3)])
def test_phrases_have_as_many_words_as_the_blank_takes(world, fewest, most):
    found, _ = proposed(world, "the ", Blank(min_words=fewest, max_words=most), shortlist=50)
    lengths = {len(phrase.split()) for phrase in found}
    assert lengths == set(range(fewest, most + 1))


def test_a_phrase_has_the_log_probability_of_its_words(world):
    found, _ = proposed(world, "the ", Blank(min_words=2, max_words=2), shortlist=20)
    for phrase, log_prob in found.items():
        expected = world.log_prob(f"the {phrase}") - world.log_prob("the")
        assert log_prob == pytest.approx(expected, abs=1e-4)


def test_fewer_phrases_are_carried_on_with_a_narrower_beam(world):
    wide, _ = proposed(world, "the ", Blank(max_words=2), shortlist=200)
    narrow, _ = proposed(world, "the ", Blank(max_words=2), shortlist=200, beam=1)
    assert set(narrow) < set(wide)
    assert len({phrase.split()[0] for phrase in narrow if " " in phrase}) == 1
