"""An n-gram taken order by order: its parts sum to it, and weights of them leave the rest."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.adapters.ngram_mixture import NGramMixture
from lmkit.models.mixture import Mixture
from lmkit.models.ngram.kneser_ney import NGramTables
from lmkit.models.ngram.ngram import NGram

VOCAB, ORDER = 9, 3
IDS = torch.from_numpy(np.random.default_rng(5).integers(0, VOCAB, (2, 30)))


def ngram(seed=0, *, order=ORDER, vocab_size=VOCAB):
    ids = np.random.default_rng(seed).integers(0, vocab_size, 200)
    return NGram.fit(ids, vocab_size=vocab_size, line_end_id=1, order=order)


def read(model, ids=IDS):
    return model.read(ids, model.start(len(ids)))[0]


def test_the_parts_of_an_id_sum_to_its_probability_and_the_masses_to_one():
    prediction = read(ngram())
    asked = IDS.flip(1)
    assert torch.allclose(
        prediction.parts_of(asked).sum(-1), prediction.log_prob_of(asked).exp(), atol=1e-6
    )
    assert torch.allclose(prediction.masses().sum(-1), torch.ones(IDS.shape), atol=1e-6)


def test_each_part_sums_over_all_ids_to_its_mass():
    prediction = read(ngram())
    every = [prediction.parts_of(torch.full_like(IDS, word)) for word in range(VOCAB)]
    assert torch.allclose(torch.stack(every).sum(0), prediction.masses(), atol=1e-5)


def test_the_parts_of_the_first_orders_are_the_shorter_n_gram():
    prediction, asked = read(ngram()), IDS.flip(1)
    upto = prediction.parts_of(asked)[..., :2].sum(-1) / prediction.masses()[..., :2].sum(-1)
    lower = NGram(NGramTables(ngram().tables.levels[:2], (), 1))
    assert torch.allclose(upto, read(lower).log_prob_of(asked).exp(), rtol=1e-4)


@pytest.mark.parametrize("weights", [(0.0, 0.0, 0.0), (0.1, 0.5, 0.9), (0.9, 0.2, 0.4), (1.0,) * 3])
def test_a_share_of_each_part_is_taken_and_the_rest_left(weights):
    other, counted = ngram(1), ngram()
    mixed = read(NGramMixture(other, counted, weights))
    taken = sum(s * read(counted).masses()[..., k] for k, s in enumerate(weights))
    for word in range(VOCAB):
        asked = torch.full_like(IDS, word)
        parts = read(counted).parts_of(asked)
        expected = sum(s * parts[..., k] for k, s in enumerate(weights))
        expected += (1 - taken) * read(other).log_prob_of(asked).exp()
        assert torch.allclose(mixed.log_prob_of(asked).exp(), expected, atol=1e-6)
        assert torch.allclose(mixed.log_probs()[..., word].exp(), expected, atol=1e-6)


def test_equal_shares_are_the_weighted_mean():
    models = ngram(1), ngram()
    mixed = read(NGramMixture(*models, (0.3,) * ORDER)).log_probs()
    assert torch.allclose(mixed, read(Mixture(models, (0.7, 0.3))).log_probs(), atol=1e-5)


@pytest.mark.parametrize("weights", [(0.1, 0.2), (0.1, 0.2, 1.5), ()])
def test_what_are_no_shares_of_its_orders_is_refused(weights):
    with pytest.raises(UsageError, match="order 3"):
        NGramMixture(ngram(1), ngram(), weights)


def test_other_vocabularies_are_refused():
    with pytest.raises(UsageError, match="vocabularies"):
        NGramMixture(ngram(1, vocab_size=8), ngram(), (0.1,) * 3)
