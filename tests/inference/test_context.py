"""Continuations and variants read side by side, against whole texts read one id at a time."""

import numpy as np
import pytest
import torch

from lmkit.inference.context import (
    BidirectionalScorer,
    BlankVariants,
    _shared_length,
    continuation_log_probs,
    extend,
    padded,
    read_context,
)
from lmkit.models.directions import Directions

VARIANTS = BlankVariants(left=(3, 4), middles=((5,), (6, 7), ()), right=(8, 3))


def test_continuations_read_side_by_side_are_as_probable_as_one_by_one(world):
    end = world.vocabulary.line_end_id
    ids = world.tokenizer.encode("the cat")
    context = read_context(world.model, ids, line_end_id=end)
    ways = [world.tokenizer.encode(text) for text in ("sat", "sat on the mat", "", "a a a")]
    found = continuation_log_probs(world.model, context, ways)
    start = world.model.log_prob([end, *ids])
    expected = [world.model.log_prob([end, *ids, *way]) - start for way in ways]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


def test_a_context_extended_is_the_longer_context(world):
    end = world.vocabulary.line_end_id
    ids = world.tokenizer.encode("the cat sat on")
    whole = read_context(world.model, ids, line_end_id=end)
    half = read_context(world.model, ids[:2], line_end_id=end)
    torch.testing.assert_close(extend(world.model, half, ids[2:]).log_probs, whole.log_probs)


def test_an_empty_text_is_the_beginning_of_a_line(world):
    end = world.vocabulary.line_end_id
    context = read_context(world.model, [], line_end_id=end)
    prediction, _ = world.model.read(torch.tensor([[end]]), world.model.start(1))
    torch.testing.assert_close(context.log_probs, prediction.log_probs()[0, -1])


def test_padding_leaves_the_ids_in_front():
    assert padded([[1, 2], [], [3]]).tolist() == [[1, 2], [0, 0], [3, 0]]


def some_rows(seed, count, shared, rest):
    """Rows whose first ids are of few kinds."""
    chance = np.random.default_rng(seed)
    few = chance.integers(0, 9, (3, shared))
    return [
        [
            *few[chance.integers(3)].tolist(),
            *chance.integers(0, 9, chance.integers(1, rest)).tolist(),
        ]
        for _ in range(count)
    ]


@pytest.mark.parametrize(("shared", "rest"), [(1, 2), (3, 2), (5, 8), (0, 4)])
@pytest.mark.parametrize("seed", range(2))
def test_beginnings_read_once_leave_every_continuation_as_probable(any_world, seed, shared, rest):
    context = read_context(any_world.model, [1, 2], line_end_id=any_world.vocabulary.line_end_id)
    rows = some_rows(seed, 30, shared, rest)
    together = continuation_log_probs(any_world.model, context, rows)
    alone = [continuation_log_probs(any_world.model, context, [row]) for row in rows]
    assert torch.allclose(together, torch.cat(alone), atol=1e-4)


def test_the_beginning_is_shared_that_saves_most():
    rows = [[1, 2, 3, number, 5] for number in range(20)]
    assert _shared_length(rows, 100) == 3
    assert _shared_length(rows[:1], 100) == 0
    assert _shared_length([[number, 2, 3, 4] for number in range(20)], 100) == 0
    assert _shared_length([[1, 2, 3, 4]] * 4, 100) == 3  # one id is always left to read
    assert _shared_length([[1], [1, 2, 3]], 100) == 0
    assert _shared_length([], 100) == 0


def test_beginnings_are_few_enough_to_keep(monkeypatch):
    monkeypatch.setattr("lmkit.inference.context.BEGINNINGS", 350)
    rows = [
        [first, second, number] for first in (1, 2, 3) for second in (4, 5) for number in range(9)
    ]
    assert _shared_length(rows, 100) == 1


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
