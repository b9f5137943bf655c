"""The neural cache against its equations, written out word by word."""

import math

import pytest
import torch

from lmkit.models.adapters import cache_prediction, neural_cache
from lmkit.models.adapters.cache_state import CacheConfig
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB = 12


def recurrent():
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6, layers=1)
    return RecurrentLM(config, torch.Generator().manual_seed(0)).eval()


def text(rows, time, seed=0):
    return torch.randint(VOCAB, (rows, time), generator=torch.Generator().manual_seed(seed))


def slow_probs(model, config, ids):
    """What comes after each word of one row, from the definition."""
    prediction, _ = model.read(ids[None], model.start(1))
    hidden, base = prediction.hidden[0], prediction.log_probs()[0].exp()
    rows = []
    for now in range(len(ids)):
        cached = torch.zeros(VOCAB)
        for then in range(max(now - config.window, 0), now):
            likeness = config.theta * float(hidden[now] @ hidden[then])
            cached[ids[then + 1]] += math.exp(likeness - config.decay * (now - then))
        if now == 0:
            rows.append(base[now])
            continue
        weight = config.weight * min(1.0, now / config.ramp)
        rows.append((1 - weight) * base[now] + weight * cached / cached.sum())
    return torch.stack(rows)


@pytest.mark.parametrize(
    ("window", "decay", "ramp"),
    [(1, 0.0, 1), (7, 0.1, 5), (30, 0.0, 1), (30, 0.0, 20), (500, 0.2, 100)],
)
def test_probabilities_are_those_of_the_definition(window, decay, ramp, monkeypatch):
    monkeypatch.setattr(neural_cache, "BLOCK", 8)
    monkeypatch.setattr(cache_prediction, "CHUNK", 5)
    config = CacheConfig(window=window, weight=0.4, theta=3.0, decay=decay, ramp=ramp)
    model, ids = NeuralCache(recurrent(), config), text(2, 40)
    state, parts = model.start(2), []
    for begin, end in ((0, 1), (1, 12), (12, 13), (13, 40)):
        prediction, state = model.read(ids[:, begin:end], state)
        parts.append(prediction.log_probs())
    found = torch.cat(parts, 1).exp()
    for row in range(2):
        expected = slow_probs(model.base, config, ids[row])
        assert torch.allclose(found[row], expected, atol=1e-5)


def test_rows_selected_from_one_text_share_its_past(monkeypatch):
    monkeypatch.setattr(neural_cache, "BLOCK", 4)
    model = NeuralCache(recurrent(), CacheConfig(window=20, weight=0.5))
    state = model.read(text(1, 15), model.start(1))[1]
    many = model.select(state, [0] * 50)
    assert many.past.hidden.data_ptr() == state.past.hidden.data_ptr()
    after = model.read(text(50, 9, seed=1), many)[1]
    assert after.past.hidden.data_ptr() == state.past.hidden.data_ptr()


def test_memory_stays_bounded(monkeypatch):
    monkeypatch.setattr(neural_cache, "BLOCK", 4)
    model = NeuralCache(recurrent(), CacheConfig(window=10))
    state = model.start(1)
    for seed in range(30):
        state = model.read(text(1, 3, seed=seed), state)[1]
        assert state.past.words.shape[1] <= 10
        assert state.recent.words.shape[1] <= 4 + 3


def test_no_weight_leaves_the_base_model_as_it_is():
    base, ids = recurrent(), text(1, 9)
    model = NeuralCache(base, CacheConfig(weight=0.0))
    expected = base.read(ids, base.start(1))[0].log_probs()
    assert torch.equal(model.read(ids, model.start(1))[0].log_probs(), expected)
