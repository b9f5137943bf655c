"""An n-gram over a larger vocabulary, against the one that it is made of."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.ngram.ngram import NGram
from lmkit.models.ngram.united import UnitedNGram

KNOWN, NEW, UNKNOWN, LINE_END = 9, 4, 0, 1
ALL = KNOWN + NEW
IDS = torch.tensor([[1, 3, 10, 4, 0], [1, 5, 6, 12, 9]])
OWN = torch.where(IDS < KNOWN, IDS, UNKNOWN)


@pytest.fixture(scope="module")
def ngram():
    text = np.random.default_rng(0).choice([0, 1, 3, 4, 5, 6], 300)
    return NGram.fit(text, vocab_size=KNOWN, line_end_id=LINE_END, order=3)


@pytest.fixture(scope="module")
def united(ngram):
    return UnitedNGram(ngram, vocab_size=ALL, unknown_id=UNKNOWN)


@pytest.fixture(scope="module")
def both(ngram, united):
    return ngram.read(OWN, ngram.start(2))[0], united.read(IDS, united.start(2))[0]


def test_old_words_keep_their_probabilities(both):
    own, larger = both
    assert torch.allclose(larger.log_probs()[..., 1:KNOWN], own.log_probs()[..., 1:], atol=1e-6)


def test_new_words_share_with_the_unknown_one(both):
    own, larger = both
    shared = larger.log_probs()[..., [UNKNOWN, *range(KNOWN, ALL)]].exp()
    whole = own.log_probs()[..., UNKNOWN].exp()
    assert torch.allclose(shared, (whole / (1 + NEW))[..., None].expand_as(shared), atol=1e-7)


def test_the_probabilities_sum_to_one(both):
    total = both[1].log_probs().exp().sum(-1)
    assert torch.allclose(total, torch.ones_like(total), atol=1e-5)


def test_the_ways_to_ask_agree(both):
    larger = both[1]
    ids = torch.tensor([[0, 9, 12, 3, 1], [11, 4, 0, 0, 5]])
    expected = larger.log_probs().gather(2, ids[..., None])[..., 0]
    assert torch.allclose(larger.log_prob_of(ids), expected, atol=1e-5)
    assert torch.allclose(larger.parts_of(ids).sum(-1).log(), expected, atol=1e-4)
    assert torch.allclose(larger.weighted((1.0, 1.0, 1.0)), larger.log_probs().exp(), atol=1e-5)


def test_weights_of_the_orders_are_those_of_the_parts(both):
    larger, weights = both[1], (0.5, 0.2, 0.9)
    every = torch.arange(ALL).expand(2, ALL)
    for time in range(IDS.shape[1]):
        parts = torch.stack(
            [larger.parts_of(every[:, [w]].expand(2, 5))[:, time] for w in range(ALL)], 1
        )
        expected = parts @ torch.tensor(weights)
        assert torch.allclose(larger.weighted(weights)[:, time], expected, atol=1e-6)


def test_reading_in_parts_and_choosing_rows_is_reading_at_once(united, both):
    _, state = united.read(IDS[:, :3], united.start(2))
    later, _ = united.read(IDS[:, 3:], state)
    assert torch.allclose(later.log_probs(), both[1].log_probs()[:, 3:])
    assert torch.allclose(later.last().log_probs(), both[1].log_probs()[:, -1:])
    assert torch.allclose(later.select([1]).log_probs(), later.log_probs()[[1]])
    chosen, _ = united.read(IDS[[1], 3:], united.select(state, [1]))
    assert torch.allclose(chosen.log_probs(), later.log_probs()[[1]])


def test_the_best_words_come_first(both):
    ids, log_probs = both[1].top(3)
    expected = both[1].log_probs()[:, -1].topk(3)
    assert torch.allclose(log_probs, expected.values)
    assert torch.equal(ids, expected.indices)


def test_single_words_sum_to_one(united):
    assert united.single_log_probs().exp().sum() == pytest.approx(1.0, abs=1e-5)
    assert len(united.single_log_probs()) == ALL


def test_without_new_words_it_is_the_same(ngram):
    same = UnitedNGram(ngram, vocab_size=KNOWN, unknown_id=UNKNOWN)
    found = same.read(OWN, same.start(2))[0].log_probs()
    assert torch.allclose(found, ngram.read(OWN, ngram.start(2))[0].log_probs())


@pytest.mark.parametrize(("size", "unknown"), [(KNOWN - 1, 0), (ALL, KNOWN), (ALL, -1)])
def test_what_does_not_fit_is_refused(ngram, size, unknown):
    with pytest.raises(UsageError):
        UnitedNGram(ngram, vocab_size=size, unknown_id=unknown)


def test_the_file_is_that_of_the_base(ngram, united, tmp_path):
    ngram.save(tmp_path / "own")
    united.save(tmp_path / "united")
    assert (tmp_path / "own").read_bytes() == (tmp_path / "united").read_bytes()
