"""Pruning of n-gram models."""

import numpy as np
import pytest
import torch

from lmkit.interop.html.pruning import pruned
from lmkit.models.ngram.ngram import NGram

VOCAB = 12


@pytest.fixture(scope="module")
def ngram() -> NGram:
    chance = np.random.default_rng(3)
    words = chance.zipf(1.4, 3000) % (VOCAB - 1) + 1
    words[::9] = 0  # line ends
    return NGram.fit(words.astype(np.int64), vocab_size=VOCAB, line_end_id=0, order=4)


def count(tables) -> int:
    return sum(len(level.keys) for level in tables.levels[1:])


def reading(tables):
    ids = torch.from_numpy(np.random.default_rng(5).integers(0, VOCAB, (1, 60)))
    model = NGram(tables)
    return model.read(ids, model.start(1))[0]


def test_a_model_that_fits_is_left_alone(ngram):
    assert pruned(ngram.tables, count(ngram.tables)) is ngram.tables


@pytest.mark.parametrize("most", [0, 1, 40, 200, 600])
def test_no_more_is_kept_than_was_asked_for_and_nearly_as_much(ngram, most):
    kept = count(pruned(ngram.tables, most))
    assert kept <= most
    assert kept >= most * 0.8 - 5


@pytest.mark.parametrize("most", [0, 40, 200, 600])
def test_every_distribution_still_sums_to_one(ngram, most):
    prediction = reading(pruned(ngram.tables, most))
    sums = prediction.log_probs().exp().sum(-1)
    assert torch.allclose(sums, torch.ones_like(sums), atol=1e-5)
    masses = prediction.masses()
    assert torch.allclose(masses.sum(-1), torch.ones_like(sums), atol=1e-5)
    assert (masses >= 0).all()


def test_the_parts_of_the_orders_sum_to_their_masses(ngram):
    prediction = reading(pruned(ngram.tables, 200))
    whole = torch.stack(
        [prediction.parts_of(torch.full((1, 60), word)) for word in range(VOCAB)]
    ).sum(0)
    assert torch.allclose(whole, prediction.masses(), atol=1e-5)


def test_what_is_kept_keeps_what_it_begins_with(ngram):
    tables = pruned(ngram.tables, 100)
    for below, above in zip(tables.levels, tables.levels[1:], strict=False):
        assert (above.keys // VOCAB < len(below.keys)).all()
        assert (np.diff(above.keys) > 0).all()


def test_an_ngram_that_is_kept_has_a_known_probability(ngram):
    """With nothing pruned away but the rarest, an order of two is worked out by hand."""
    whole = NGram.fit(np.array([1, 2, 1, 2, 1, 3, 0]), vocab_size=4, line_end_id=0, order=2)
    tables = pruned(whole.tables, 3)
    first, second = whole.tables.levels
    kept = tables.levels[1]
    shares = np.exp(first.back_offs)
    own = np.exp(second.log_probs) - shares[second.keys // 4] * np.exp(
        first.log_probs[second.keys % 4]
    )
    for key, log_prob in zip(kept.keys, kept.log_probs, strict=True):
        context, word = divmod(int(key), 4)
        mine = own[np.isin(second.keys, kept.keys) & (second.keys // 4 == context)].sum()
        part = own[np.flatnonzero(second.keys == key)[0]]
        expected = part + (1 - mine) * np.exp(first.log_probs[word])
        assert np.exp(log_prob) == pytest.approx(expected, rel=1e-5)


def test_more_ngrams_expect_the_text_better(ngram):
    chance = np.random.default_rng(3)
    words = chance.zipf(1.4, 3000) % (VOCAB - 1) + 1
    words[::9] = 0
    ids = torch.from_numpy(words[None].astype(np.int64))
    nats = []
    for most in (0, 50, 300, 10**6):
        model = NGram(pruned(ngram.tables, most))
        prediction, _ = model.read(ids[:, :-1], model.start(1))
        nats.append(-prediction.log_prob_of(ids[:, 1:]).mean().item())
    assert nats == sorted(nats, reverse=True)
