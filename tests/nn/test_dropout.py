import pytest
import torch

from lmkit.nn.dropout import keep_mask, locked_dropout, weight_dropout, word_dropout


def test_locked_dropout_drops_the_same_units_at_every_step():
    dropped = locked_dropout(torch.ones(5, 3, 40), 0.5)
    assert (dropped == dropped[0]).all()
    assert set(dropped.unique().tolist()) == {0.0, 2.0}


def test_word_dropout_drops_a_word_wherever_it_stands():
    ids = torch.randint(10, (6, 4))
    dropped = word_dropout(torch.ones(6, 4, 3), ids, vocab_size=10, rate=0.5)
    for word in range(10):
        assert len(dropped[ids == word].unique()) <= 1


def test_weight_dropout_keeps_the_mean():
    thinned = weight_dropout(torch.ones(200, 200), 0.25)
    assert thinned.mean().item() == pytest.approx(1, abs=0.05)
    assert (thinned == 0).float().mean().item() == pytest.approx(0.25, abs=0.05)


def test_a_rate_of_nothing_changes_nothing_and_draws_nothing():
    x = torch.rand(2, 3, 4)
    before = torch.get_rng_state()
    assert locked_dropout(x, 0.0) is x
    assert weight_dropout(x[0], 0.0).data_ptr() == x[0].data_ptr()
    assert word_dropout(x, torch.zeros(2, 3).long(), vocab_size=5, rate=0.0) is x
    assert torch.equal(before, torch.get_rng_state())


def test_masks_have_the_type_of_what_they_mask():
    assert keep_mask(torch.zeros(1, dtype=torch.float64), (3,), 0.5).dtype == torch.float64


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.9])
def test_each_entry_is_dropped_by_itself_with_the_chance_given(rate):
    torch.manual_seed(0)
    is_dropped = (keep_mask(torch.zeros(1), (25_000, 4), rate) == 0).double()
    expected = torch.full((4,), rate, dtype=torch.float64)
    assert torch.allclose(is_dropped.mean(0), expected, atol=0.015)  # some five standard errors
    together = torch.corrcoef(is_dropped.t())
    assert torch.allclose(together, torch.eye(4, dtype=torch.float64), atol=0.03)


def test_equal_seeds_draw_equal_masks():
    drawn = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        drawn.append(keep_mask(torch.zeros(1), (7, 9), 0.5))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_a_rate_next_to_one_keeps_masks_finite():
    assert keep_mask(torch.zeros(1), (1000,), 1 - 1e-9).isfinite().all()
