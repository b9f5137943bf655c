"""Embeddings: rows, bands and draws; gradients by rows, equal to those of autograd."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.nn.embedding import (
    SPREAD,
    BandedEmbedding,
    BandsConfig,
    RowGradients,
    TableEmbedding,
    default_bands,
)

BANDS = BandsConfig(limits=(4, 9, 20), widths=(8, 4, 2))


def test_bands_give_each_word_the_row_of_its_band_at_full_width():
    embedding = BandedEmbedding(BANDS)
    ids = torch.tensor([[19, 0, 4], [3, 8, 0]])
    vectors = embedding(ids)
    assert vectors.shape == (2, 3, 8)
    torch.testing.assert_close(vectors[0, 1], embedding.tables[0][0])
    torch.testing.assert_close(vectors[0, 2], embedding.projections[0] @ embedding.tables[1][0])
    torch.testing.assert_close(vectors[0, 0], embedding.projections[1] @ embedding.tables[2][10])


def test_words_of_one_band_alone_can_be_looked_up():
    assert BandedEmbedding(BANDS)(torch.tensor([5, 6])).shape == (2, 8)


def test_every_band_is_drawn_with_the_same_spread():
    bands = BandsConfig(limits=(500, 1000, 2000), widths=(64, 32, 16))
    embedding = BandedEmbedding(bands)
    embedding.initialise(make_generator(0))
    vectors = embedding(torch.arange(2000))
    spreads = [
        vectors[low:high].std().item() for low, high in ((0, 500), (500, 1000), (1000, 2000))
    ]
    assert max(spreads) < 1.2 * min(spreads)


@pytest.mark.parametrize("vocab_size", [1, 2, 500, 2000, 2001, 9000, 40_000, 65_000, 300_000])
def test_default_bands_cover_the_vocabulary(vocab_size):
    bands = default_bands(vocab_size, 256)
    assert bands.limits[-1] == vocab_size
    assert bands.widths[0] == 256


def test_bands_that_do_not_rise_are_refused():
    with pytest.raises(UsageError, match="rising"):
        BandsConfig(limits=(4, 4), widths=(8, 4))


def test_a_table_gives_each_id_its_row_in_training_and_out_of_it():
    table = TableEmbedding(7, 3)
    ids = torch.tensor([[6, 0], [3, 3]])
    assert torch.equal(table(ids), table.weight[ids])
    assert torch.equal(table(ids, RowGradients()), table.weight[ids])


def test_a_step_makes_the_gradient_of_a_table_sparse_where_it_says_so():
    table = TableEmbedding(7, 3)
    rows = RowGradients(sparse=[table.weight])
    table(torch.tensor([2, 2]), rows).sum().backward()
    assert table.weight.grad.is_sparse
    table.weight.grad = None
    table(torch.tensor([2, 2])).sum().backward()
    assert table.weight.grad.tolist()[2] == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("made", [TableEmbedding(20, 8), BandedEmbedding(BANDS)])
def test_equal_generators_draw_equal_vectors_within_bounds(made):
    made.initialise(make_generator(4))
    first = made(torch.arange(20)).detach().clone()
    made.initialise(make_generator(4))
    assert torch.equal(first, made(torch.arange(20)))
    made.initialise(make_generator(5))
    assert not torch.equal(first, made(torch.arange(20)))
    assert first[:4].abs().max() <= SPREAD


def test_bands_look_up_on_the_device_of_the_ids(other):
    here = BandedEmbedding(BANDS)
    ids = torch.tensor([[19, 0, 4], [3, 8, 0]])
    expected = here(ids).tolist()
    found = here.to(other.OTHER)(ids.to(other.OTHER))
    assert found.device == other.OTHER
    assert found.tolist() == expected


IDS = torch.tensor([[1, 4, 1], [0, 4, 4]])


def drawn() -> nn.Parameter:
    return nn.Parameter(torch.randn(6, 3, generator=make_generator(0)))


def loss(vectors: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return a loss of the vectors looked up, and of the whole table where it is given."""
    read_whole = 0.0 if weight is None else weight.pow(3).sum()
    return vectors.pow(2).sum() + vectors[0, 1].sum() + read_whole


def dense_gradient(*, is_read_whole: bool) -> Tensor:
    weight = drawn()
    loss(functional.embedding(IDS, weight), weight if is_read_whole else None).backward()
    return weight.grad


def test_a_table_that_is_not_named_has_the_gradient_of_autograd():
    weight, rows = drawn(), RowGradients()
    loss(rows.look_up(weight, IDS)).backward()
    rows.add_late_rows()
    assert torch.equal(weight.grad, dense_gradient(is_read_whole=False))


def test_a_sparse_gradient_holds_the_rows_looked_up():
    weight = drawn()
    rows = RowGradients(sparse=[weight])
    loss(rows.look_up(weight, IDS)).backward()
    assert weight.grad.is_sparse
    assert weight.grad.coalesce().indices().tolist() == [[0, 1, 4]]
    torch.testing.assert_close(weight.grad.to_dense(), dense_gradient(is_read_whole=False))


@pytest.mark.parametrize("lookups", [1, 2])
def test_late_rows_join_the_gradient_of_a_table_read_whole(lookups):
    weight, plain = drawn(), drawn()
    rows = RowGradients(late=[weight])
    total = sum(loss(rows.look_up(weight, IDS)) for _ in range(lookups)) + weight.pow(3).sum()
    total.backward()
    expected = sum(loss(functional.embedding(IDS, plain)) for _ in range(lookups))
    (expected + plain.pow(3).sum()).backward()
    assert not torch.allclose(weight.grad, plain.grad)  # not yet
    rows.add_late_rows()
    torch.testing.assert_close(weight.grad, plain.grad)


def test_late_rows_are_added_once():
    weight = drawn()
    rows = RowGradients(late=[weight])
    loss(rows.look_up(weight, IDS), weight).backward()
    rows.add_late_rows()
    once = weight.grad.clone()
    rows.add_late_rows()
    assert torch.equal(weight.grad, once)


def test_vectors_that_no_loss_reads_add_nothing():
    weight = drawn()
    rows = RowGradients(late=[weight])
    rows.look_up(weight, IDS)
    weight.sum().backward()
    rows.add_late_rows()
    assert torch.equal(weight.grad, torch.ones(6, 3))


def test_looking_up_gives_the_rows_whatever_the_way():
    weight = drawn()
    ways = (RowGradients(), RowGradients(sparse=[weight]), RowGradients(late=[weight]))
    assert all(torch.equal(rows.look_up(weight, IDS), weight[IDS]) for rows in ways)
