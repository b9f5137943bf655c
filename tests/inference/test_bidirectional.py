"""Variants and sentences scored from both sides, against whole texts read one id at a time."""

import pytest
import torch

from lmkit.inference.bidirectional import BidirectionalScorer, BlankVariants, sentence_log_probs
from lmkit.models.directions import Directions

VARIANTS = BlankVariants(left=(3, 4), middles=((5,), (6, 7), ()), right=(8, 3))


def whole(variants, row):
    return [*variants.left, *variants.middles[row], *variants.right]


def scorer(world, directions):
    return BidirectionalScorer(directions, line_end_id=world.vocabulary.line_end_id)


def expected(world, ids, left):
    """Log-probability of the ids after the first `left`, read forward and backward."""
    end = world.vocabulary.line_end_id
    return world.model.log_prob([end, *ids]) - world.model.log_prob([end, *ids[:left]])


def test_forward_scores_are_those_of_the_text_after_the_left_side(world):
    found = scorer(world, Directions(forward=world.model)).log_probs(VARIANTS)
    for row, value in enumerate(found.tolist()):
        assert value == pytest.approx(expected(world, whole(VARIANTS, row), 2), abs=1e-4)


def test_both_directions_are_weighted(world):
    weight = 0.3
    directions = Directions(forward=world.model, backward=world.backward, weight=weight)
    both = scorer(world, directions).log_probs(VARIANTS)
    forward = scorer(world, Directions(forward=world.model)).log_probs(VARIANTS)
    backward = scorer(world, Directions(backward=world.backward)).log_probs(VARIANTS)
    assert torch.allclose(both, (1 - weight) * forward + weight * backward)


def test_a_reach_leaves_out_what_stands_further_right(world):
    judged = scorer(world, Directions(forward=world.model)).log_probs(VARIANTS, reach=1)
    for row, value in enumerate(judged.tolist()):
        ids = whole(VARIANTS, row)[:-1]
        assert value == pytest.approx(expected(world, ids, 2), abs=1e-4)


def test_variants_turn_round_and_can_be_chosen():
    turned = VARIANTS.reversed
    assert (turned.left, turned.right) == ((3, 8), (4, 3))
    assert turned.middles == ((5,), (7, 6), ())
    assert VARIANTS.choose([2, 0]).middles == ((), (5,))


def test_a_context_is_read_once_and_carried_on(world):
    one = scorer(world, Directions(forward=world.model))
    first = one.context([3, 4], is_backward=False)
    assert one.context((3, 4), is_backward=False) is first
    longer = one.context([3, 4, 5], is_backward=False)
    fresh = scorer(world, Directions(forward=world.model)).context([3, 4, 5], is_backward=False)
    assert torch.allclose(longer.log_probs, fresh.log_probs)


@pytest.mark.parametrize("has_end", [False, True])
def test_sentences_have_the_log_probability_of_their_line(world, has_end):
    sentences = [[3, 4, 5], [], [6] * 9]
    end = world.vocabulary.line_end_id
    found = sentence_log_probs(
        Directions(forward=world.model), sentences, line_end_id=end, has_end=has_end
    )
    for ids, value in zip(sentences, found.tolist(), strict=True):
        line = [end, *ids, *([end] if has_end else [])]
        assert value == pytest.approx(world.model.log_prob(line), abs=1e-4)
