"""Embeddings: rows, bands, draws and gradients."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.nn.embedding import (
    SPREAD,
    BandedEmbedding,
    BandsConfig,
    TableEmbedding,
    default_bands,
)
from lmkit.nn.row_gradients import RowGradients
from lmkit.nn.train_mode import TrainMode

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


def test_a_table_gives_each_id_its_row_with_and_without_a_mode():
    table = TableEmbedding(7, 3)
    ids = torch.tensor([[6, 0], [3, 3]])
    mode = TrainMode(generator=make_generator(0))
    assert torch.equal(table(ids), table.weight[ids])
    assert torch.equal(table(ids, mode), table.weight[ids])


def test_a_mode_makes_the_gradient_of_a_table_sparse_where_it_says_so():
    table = TableEmbedding(7, 3)
    rows = RowGradients(sparse=[table.weight])
    mode = TrainMode(generator=make_generator(0), rows=rows)
    table(torch.tensor([2, 2]), mode).sum().backward()
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
