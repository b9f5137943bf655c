"""Masks: their frequencies, their independence, their generator and their scale."""

from dataclasses import replace

import pytest
import torch

from lmkit.core.seeding import make_generator
from lmkit.nn.batch_part import BatchPart
from lmkit.nn.dropout import keep_mask, locked_dropout, weight_dropout, word_mask
from lmkit.nn.train_mode import TrainMode


def mode(seed: int = 0, scale: float = 1.0) -> TrainMode:
    return TrainMode(generator=make_generator(seed), dropout_scale=scale)


def test_locked_dropout_drops_the_same_units_at_every_step():
    dropped = locked_dropout(torch.ones(5, 3, 40), 0.5, mode())
    assert (dropped == dropped[0]).all()
    assert set(dropped.unique().tolist()) == {0.0, 2.0}


def test_words_are_dropped_whole_and_as_often_as_was_asked_for():
    kept = word_mask(torch.ones(6, 4, 3), 4000, 0.25, mode())
    assert kept.shape == (4000,)
    assert kept.unique().tolist() == pytest.approx([0.0, 4 / 3])
    assert (kept == 0).float().mean().item() == pytest.approx(0.25, abs=0.03)


def test_weight_dropout_keeps_the_mean():
    thinned = weight_dropout(torch.ones(200, 200), 0.25, mode())
    assert thinned.mean().item() == pytest.approx(1, abs=0.05)
    assert (thinned == 0).float().mean().item() == pytest.approx(0.25, abs=0.05)


def test_the_scale_of_the_mode_multiplies_every_rate():
    ones = torch.ones(1, 200, 200)
    assert (locked_dropout(ones, 0.5, mode(scale=0.2)) == 0).float().mean() == pytest.approx(
        0.1, abs=0.02
    )
    assert (weight_dropout(ones[0], 0.5, mode(scale=0.2)) == 0).float().mean() == pytest.approx(
        0.1, abs=0.02
    )


@pytest.mark.parametrize(("rate", "given"), [(0.0, mode()), (0.5, None), (0.5, mode(scale=0.0))])
def test_where_nothing_is_dropped_nothing_is_copied_or_drawn(rate, given):
    x = torch.rand(2, 3, 4, generator=make_generator(1))
    before = given.generator.get_state() if given else None
    assert locked_dropout(x, rate, given) is x
    assert weight_dropout(x, rate, given) is x
    assert word_mask(x, 5, rate, given) is None
    if given:
        assert torch.equal(before, given.generator.get_state())


def test_masks_have_the_type_of_what_they_mask():
    like = torch.zeros(1, dtype=torch.float64)
    assert keep_mask(like, (3,), 0.5, make_generator(0)).dtype == torch.float64


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.9])
def test_each_entry_is_dropped_by_itself_with_the_probability_given(rate):
    mask = keep_mask(torch.zeros(1), (25_000, 4), rate, make_generator(0))
    is_dropped = (mask == 0).double()
    expected = torch.full((4,), rate, dtype=torch.float64)
    assert torch.allclose(is_dropped.mean(0), expected, atol=0.015)  # some five standard errors
    together = torch.corrcoef(is_dropped.t())
    assert torch.allclose(together, torch.eye(4, dtype=torch.float64), atol=0.03)


def test_equal_generators_draw_equal_masks_and_the_global_one_has_no_say():
    drawn = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed + len(drawn))
        drawn.append(keep_mask(torch.zeros(1), (7, 9), 0.5, make_generator(seed)))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_a_rate_next_to_one_keeps_masks_finite():
    assert keep_mask(torch.zeros(1), (1000,), 1 - 1e-9, make_generator(0)).isfinite().all()


def test_processes_that_share_a_batch_drop_what_one_would_have_dropped():
    ones = torch.ones(2, 5, 40)
    whole = locked_dropout(ones, 0.5, mode())
    parts = [BatchPart(counts=(2, 3), rank=rank, join=lambda x: x) for rank in (0, 1)]
    found = [
        locked_dropout(ones[:, : part.rows], 0.5, replace(mode(), part=part)) for part in parts
    ]
    assert torch.cat(found, dim=1).equal(whole)
