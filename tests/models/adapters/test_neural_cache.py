"""The neural cache against its equations, and texts read side by side against each read alone."""

import math

import pytest
import torch

from lmkit.models.adapters import cache_prediction, neural_cache
from lmkit.models.adapters.adapter import Beneath
from lmkit.models.adapters.cache import CacheAdapter
from lmkit.models.adapters.cache_prediction import CacheConfig, CacheState
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.adapters.neural_cache import BatchedCache, JoinedCacheState, NeuralCache
from lmkit.models.base import is_batchable
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB = 12
CONFIG = CacheConfig(window=20, weight=0.4, theta=2.0, decay=0.01, ramp=7)


def recurrent(layers=1):
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6, layers=layers)
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


@pytest.fixture(params=[lambda model: model, Int8LM], ids=["float", "int8"])
def batched(request, monkeypatch):
    monkeypatch.setattr(neural_cache, "BLOCK", 4)  # so that entries move to the past
    return BatchedCache(request.param(recurrent(layers=2)), CONFIG)


def read_alone(model, *parts):
    alone = NeuralCache(model.base, CONFIG)
    state = alone.start(1)
    for ids in parts:
        prediction, state = alone.read(ids, state)
    return prediction


def test_texts_of_any_lengths_read_side_by_side_as_alone(batched):
    earlier = [text(1, length, seed=length) for length in (1, 3, 9, 30)]
    states = [batched.read(ids, batched.start(1))[1] for ids in earlier]
    joined = batched.join(states)
    for step in range(8):
        ids = text(4, 1, seed=50 + step)
        prediction, joined = batched.read(ids, joined)
        earlier = [torch.cat([own, ids[n : n + 1]], 1) for n, own in enumerate(earlier)]
        for row, own in enumerate(earlier):
            expected = read_alone(batched, own).last()
            torch.testing.assert_close(
                prediction.log_probs()[row], expected.log_probs()[0], atol=1e-5, rtol=1e-4
            )
            asked = ids[:, :1]
            torch.testing.assert_close(
                prediction.log_prob_of(asked)[row],
                expected.log_prob_of(asked[row : row + 1])[0],
                atol=1e-5,
                rtol=1e-4,
            )


def test_several_ids_are_read_at_once_as_one_by_one(batched):
    joined = batched.join([batched.read(text(1, n), batched.start(1))[1] for n in (2, 5)])
    ids = text(2, 9, seed=3)
    at_once, _ = batched.read(ids, joined)
    parts = []
    for place in range(9):
        prediction, joined = batched.read(ids[:, place : place + 1], joined)
        parts.append(prediction.log_probs())
    torch.testing.assert_close(at_once.log_probs(), torch.cat(parts, 1), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(at_once.last().log_probs(), parts[-1], atol=1e-5, rtol=1e-4)


def test_rows_are_selected_and_joined_again(batched):
    joined = batched.join([batched.read(text(1, n), batched.start(1))[1] for n in (2, 5, 8)])
    one = batched.select(joined, [1])
    assert isinstance(one, CacheState)
    two = batched.select(joined, torch.tensor([2, 0]))
    assert isinstance(two, JoinedCacheState)
    again = batched.join([two, one])
    ids = text(3, 1, seed=9)
    expected, _ = batched.read(ids[[1, 2, 0]], joined)
    found, _ = batched.read(ids, again)
    torch.testing.assert_close(
        found.log_probs(), expected.log_probs()[[2, 0, 1]], atol=1e-5, rtol=1e-4
    )
    chosen = found.select([2, 0]).log_probs()
    torch.testing.assert_close(chosen, found.log_probs()[[2, 0]])


def test_rows_that_share_a_past_are_joined_with_others(batched):
    _, shared = batched.read(text(1, 12), batched.start(1))
    rows = batched.select(shared, [0, 0])
    joined = batched.join([rows, batched.start(1)])
    ids = text(3, 1, seed=4)
    found, _ = batched.read(ids, joined)
    expected = read_alone(batched, torch.cat([text(1, 12), ids[1:2]], 1)).last()
    torch.testing.assert_close(found.log_probs()[1], expected.log_probs()[0], atol=1e-5, rtol=1e-4)


def test_one_state_is_joined_to_itself_and_one_text_reads_as_ever(batched):
    state = batched.start(2)
    assert batched.join([state]) is state
    ids = text(2, 6)
    found, _ = batched.read(ids, state)
    plain, _ = NeuralCache(batched.base, CONFIG).read(ids, state)
    torch.testing.assert_close(found.log_probs(), plain.log_probs())


def test_the_adapter_batches_what_can_be_batched():
    batched = CacheAdapter().wrap(Beneath((), recurrent()), CONFIG, None)
    assert is_batchable(batched)
    learning = DynamicEvaluation(recurrent())
    assert not is_batchable(CacheAdapter().wrap(Beneath(("dynamic",), learning), CONFIG, None))
