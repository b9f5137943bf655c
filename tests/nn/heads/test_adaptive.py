"""Adaptive softmax against the definition: first a band, then a word in it."""

import torch

from lmkit.core.seeding import make_generator
from lmkit.nn.embedding import BandedEmbedding, BandsConfig
from lmkit.nn.heads.adaptive import AdaptiveHead

BANDS = BandsConfig(limits=(4, 9, 20), widths=(8, 4, 2))


def head(*, tied: bool = False) -> AdaptiveHead:
    embedding = BandedEmbedding(BANDS)
    embedding.initialise(make_generator(1))
    made = AdaptiveHead(BANDS, tied=embedding if tied else None)
    made.initialise(make_generator(2))
    return made


def rows() -> torch.Tensor:
    return 3 * torch.randn(5, 8, generator=make_generator(3))


def test_a_rare_word_has_the_probability_of_its_band_times_that_within_it():
    made, hidden = head(), rows()
    first = (hidden @ made.bands.tables[0].t() + made.biases[0]).softmax(1)
    assert first.shape[1] == 4 + 2  # words of the first band, then the other bands
    narrow = hidden @ made.bands.projections[1]
    within = (narrow @ made.bands.tables[2].t() + made.biases[2]).softmax(1)
    expected = first[:, 4 + 1, None] * within
    torch.testing.assert_close(made.log_probs(hidden)[:, 9:].exp(), expected)


def test_a_frequent_word_has_the_probability_of_the_first_band_alone():
    made, hidden = head(), rows()
    first = (hidden @ made.bands.tables[0].t() + made.biases[0]).softmax(1)
    torch.testing.assert_close(made.log_probs(hidden)[:, :4].exp(), first[:, :4])


def test_a_tied_head_reads_the_tables_of_the_embedding_and_owns_biases_alone():
    made = head(tied=True)
    assert {name.split(".")[0] for name, _ in made.named_parameters()} == {"biases"}
    assert made.bands is made._tied[0]


def test_ids_of_every_band_are_classed_on_their_own_device():
    made = head().to("meta")
    ids = torch.tensor([0, 3, 4, 8, 9, 19], device="meta")
    assert made._first(ids).device.type == "meta"
    assert head()._first(torch.tensor([0, 3, 4, 8, 9, 19])).tolist() == [0, 3, 4, 4, 5, 5]
