"""Settings and entries of the cache; one word, all words and the last position agree."""

import math

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.adapters import cache_prediction
from lmkit.models.adapters.cache_prediction import CacheConfig, CacheEntries
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB = 40


@pytest.fixture
def model():
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6, layers=1)
    base = RecurrentLM(config, torch.Generator().manual_seed(0)).eval()
    return NeuralCache(base, CacheConfig(window=9, weight=0.4, theta=2.0, decay=0.05, ramp=3))


def text(rows, time, seed):
    return torch.randint(8, (rows, time), generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=["own past", "shared past", "no past"])
def prediction(model, request, monkeypatch):
    monkeypatch.setattr(cache_prediction, "CHUNK", 4)
    state = model.start(3)
    if request.param == "own past":
        _, state = model.read(text(3, 30, 1), state)
    if request.param == "shared past":
        _, state = model.read(text(1, 30, 1), model.start(1))
        state = model.select(state, [0, 0, 0])
    return model.read(text(3, 11, 2), state)[0]


def test_probabilities_of_all_words_sum_to_one(prediction):
    assert torch.allclose(prediction.log_probs().exp().sum(-1), torch.ones(3, 11), atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_one_word_has_the_probability_that_it_has_among_all(prediction, seed):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(VOCAB, (3, 11), generator=generator)
    expected = prediction.log_probs().gather(2, ids[..., None])[..., 0]
    assert torch.allclose(prediction.log_prob_of(ids), expected, atol=1e-5)


def test_the_last_position_answers_as_it_does_among_all(prediction):
    assert torch.allclose(prediction.last().log_probs(), prediction.log_probs()[:, -1:], atol=1e-6)


def test_a_word_not_remembered_keeps_the_rest_of_the_base_model(prediction):
    ids = torch.full((3, 11), VOCAB - 1)  # in none of the texts
    assert torch.isneginf(prediction.cached_log_prob_of(ids)).all()
    base = prediction.base.log_prob_of(ids)[:, -1].exp()
    assert torch.allclose(prediction.log_prob_of(ids)[:, -1].exp(), 0.6 * base, atol=1e-7)


def test_the_prediction_of_the_base_model_is_left_as_it_is(prediction):
    base = prediction.base.log_probs()
    before = base.clone()
    prediction.mixed_with(base)
    assert torch.equal(base, before)


def entries(rows, count, first=0):
    hidden = torch.arange(rows * count * 2.0).view(rows, count, 2) + first
    return CacheEntries(hidden, torch.arange(rows * count).view(rows, count) + first)


def test_entries_follow_each_other_and_are_cut_apart_again():
    older, newer = entries(2, 3), entries(2, 4, first=100)
    whole = older.then(newer)
    assert whole.hidden.shape == (2, 7, 2)
    assert torch.equal(whole.part(0, 3).words, older.words)
    assert torch.equal(whole.part(3).hidden, newer.hidden)


def test_rows_are_copied_only_where_they_differ():
    all_rows = entries(3, 2)
    assert all_rows.of_rows(torch.tensor([0, 1, 2])) is all_rows
    some = all_rows.of_rows(torch.tensor([2, 0, 2]))
    assert some.words.tolist() == [[4, 5], [0, 1], [4, 5]]
    assert torch.equal(some.hidden[1], all_rows.hidden[0])


@pytest.mark.parametrize(
    "settings",
    [
        {"window": 0},
        {"weight": 1.0},
        {"weight": -0.1},
        {"theta": math.inf},
        {"decay": -1.0},
        {"ramp": 0},
    ],
)
def test_senseless_settings_are_refused(settings):
    with pytest.raises(UsageError):
        CacheConfig(**settings)
