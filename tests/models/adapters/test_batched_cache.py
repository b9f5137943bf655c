"""Texts read side by side with a cache, against each text read alone."""

import pytest
import torch

from lmkit.models.adapters import neural_cache
from lmkit.models.adapters.adapter import Beneath
from lmkit.models.adapters.batched_cache import BatchedCache, JoinedCacheState
from lmkit.models.adapters.cache import CacheAdapter
from lmkit.models.adapters.cache_state import CacheConfig, CacheState
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.base import is_batchable
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB = 12
CONFIG = CacheConfig(window=20, weight=0.4, theta=2.0, decay=0.01, ramp=7)


def recurrent():
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6, layers=2)
    return RecurrentLM(config, torch.Generator().manual_seed(0)).eval()


def text(rows, time, seed=0):
    return torch.randint(VOCAB, (rows, time), generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=[recurrent, lambda: Int8LM(recurrent())], ids=["float", "int8"])
def model(request, monkeypatch):
    monkeypatch.setattr(neural_cache, "BLOCK", 4)  # so that entries move to the past
    return BatchedCache(request.param(), CONFIG)


def read_alone(model, *parts):
    alone = NeuralCache(model.base, CONFIG)
    state = alone.start(1)
    for ids in parts:
        prediction, state = alone.read(ids, state)
    return prediction


def test_texts_of_any_lengths_read_side_by_side_as_alone(model):
    earlier = [text(1, length, seed=length) for length in (1, 3, 9, 30)]
    states = [model.read(ids, model.start(1))[1] for ids in earlier]
    joined = model.join(states)
    for step in range(8):
        ids = text(4, 1, seed=50 + step)
        prediction, joined = model.read(ids, joined)
        earlier = [torch.cat([own, ids[n : n + 1]], 1) for n, own in enumerate(earlier)]
        for row, own in enumerate(earlier):
            expected = read_alone(model, own).last()
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


def test_several_ids_are_read_at_once_as_one_by_one(model):
    joined = model.join([model.read(text(1, n), model.start(1))[1] for n in (2, 5)])
    ids = text(2, 9, seed=3)
    at_once, _ = model.read(ids, joined)
    parts = []
    for place in range(9):
        prediction, joined = model.read(ids[:, place : place + 1], joined)
        parts.append(prediction.log_probs())
    torch.testing.assert_close(at_once.log_probs(), torch.cat(parts, 1), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(at_once.last().log_probs(), parts[-1], atol=1e-5, rtol=1e-4)


def test_rows_are_selected_and_joined_again(model):
    joined = model.join([model.read(text(1, n), model.start(1))[1] for n in (2, 5, 8)])
    one = model.select(joined, [1])
    assert isinstance(one, CacheState)
    two = model.select(joined, torch.tensor([2, 0]))
    assert isinstance(two, JoinedCacheState)
    again = model.join([two, one])
    ids = text(3, 1, seed=9)
    expected, _ = model.read(ids[[1, 2, 0]], joined)
    found, _ = model.read(ids, again)
    torch.testing.assert_close(
        found.log_probs(), expected.log_probs()[[2, 0, 1]], atol=1e-5, rtol=1e-4
    )
    chosen = found.select([2, 0]).log_probs()
    torch.testing.assert_close(chosen, found.log_probs()[[2, 0]])


def test_rows_that_share_a_past_are_joined_with_others(model):
    _, shared = model.read(text(1, 12), model.start(1))
    rows = model.select(shared, [0, 0])
    joined = model.join([rows, model.start(1)])
    ids = text(3, 1, seed=4)
    found, _ = model.read(ids, joined)
    expected = read_alone(model, torch.cat([text(1, 12), ids[1:2]], 1)).last()
    torch.testing.assert_close(found.log_probs()[1], expected.log_probs()[0], atol=1e-5, rtol=1e-4)


def test_one_state_is_joined_to_itself_and_one_text_reads_as_ever(model):
    state = model.start(2)
    assert model.join([state]) is state
    ids = text(2, 6)
    found, _ = model.read(ids, state)
    plain, _ = NeuralCache(model.base, CONFIG).read(ids, state)
    torch.testing.assert_close(found.log_probs(), plain.log_probs())


def test_the_adapter_batches_what_can_be_batched():
    batched = CacheAdapter().wrap(Beneath((), recurrent()), CONFIG, None)
    assert is_batchable(batched)
    learning = DynamicEvaluation(recurrent())
    assert not is_batchable(CacheAdapter().wrap(Beneath(("dynamic",), learning), CONFIG, None))
