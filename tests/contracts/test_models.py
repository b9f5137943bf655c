"""What every kind of next-word model keeps to, built tiny."""

import copy
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.adapters.ngram import NGramMixture
from lmkit.models.adapters.prefixed import PrefixedModel
from lmkit.models.base import is_batchable
from lmkit.models.mixture import Mixture
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB, TIME = 20, 23


def recurrent(seed=0):
    generator = torch.Generator().manual_seed(seed)
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=8, embedding=8)
    return RecurrentLM(config, generator).eval()


def ngram():
    ids = np.random.default_rng(0).integers(0, VOCAB, 300)
    return NGram.fit(ids, vocab_size=VOCAB, line_end_id=1, order=3)


def cache(window=9):
    return NeuralCache(recurrent(), CacheConfig(window=window, weight=0.3, theta=2.0, decay=0.1))


def dynamic():
    return DynamicEvaluation(recurrent(), DynamicConfig(segment=4, rate=0.01, decay=0.1))


def average():
    return AverageLM([recurrent(0), recurrent(1)])


def graphs():
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from lmkit.interop.onnx.export import open_graphs

    with tempfile.TemporaryDirectory() as folder:
        return open_graphs(recurrent(), Path(folder), "model")


KINDS = {
    "recurrent": recurrent,
    "onnx": graphs,
    "onnx and cache": lambda: NeuralCache(graphs(), CacheConfig(window=9, weight=0.3)),
    "int8": lambda: Int8LM(recurrent()),
    "average": average,
    "average and cache": lambda: NeuralCache(average(), CacheConfig(window=9, weight=0.3)),
    "average of int8": lambda: AverageLM([Int8LM(model) for model in average().models]),
    "int8 and cache": lambda: NeuralCache(Int8LM(recurrent())),
    "n-gram": ngram,
    "cache": cache,
    "long cache": lambda: cache(window=500),
    "dynamic": dynamic,
    "cache of dynamic": lambda: NeuralCache(
        dynamic(), CacheConfig(window=9, weight=0.3, decay=0.1)
    ),
    "mixture": lambda: Mixture([recurrent(), ngram()], [0.7, 0.3]),
    "n-gram by orders": lambda: NGramMixture(recurrent(), ngram(), (0.1, 0.4, 0.8)),
    "cache and n-gram": lambda: NGramMixture(cache(), ngram(), (0.1, 0.4, 0.8)),
    "dynamic and n-gram": lambda: NGramMixture(dynamic(), ngram(), (0.1, 0.4, 0.8)),
}


@pytest.fixture(params=KINDS)
def model(request):
    return KINDS[request.param]()


@pytest.fixture(params=[1, 3])
def ids(request):
    return torch.randint(VOCAB, (request.param, TIME), generator=torch.Generator().manual_seed(1))


def read(model, ids):
    return model.read(ids, model.start(len(ids)))


def test_predictions_are_distributions(model, ids):
    log_probs = read(model, ids)[0].log_probs()
    assert log_probs.shape == (*ids.shape, model.vocab_size)
    assert torch.isfinite(log_probs).all()
    assert torch.allclose(log_probs.exp().sum(-1), torch.ones(ids.shape), atol=1e-5)


def test_one_id_is_given_the_same_as_among_all(model, ids):
    prediction, _ = read(model, ids)
    asked = ids.flip(1)
    expected = prediction.log_probs().gather(2, asked[..., None])[..., 0]
    assert torch.allclose(prediction.log_prob_of(asked), expected, atol=1e-5)


def test_the_last_prediction_is_that_of_the_last_position(model, ids):
    prediction, _ = read(model, ids)
    last = prediction.last()
    assert torch.allclose(last.log_probs(), prediction.log_probs()[:, -1:], atol=1e-6)
    assert last.log_prob_of(ids[:, :1]).shape == (len(ids), 1)


@pytest.mark.parametrize("cut", [1, 4, 5, 16, TIME - 1])
def test_text_cut_in_two_reads_the_same(model, ids, cut):
    whole, end = read(model, ids)
    first, state = read(model, ids[:, :cut])
    second, other_end = model.read(ids[:, cut:], state)
    parts = torch.cat([first.log_probs(), second.log_probs()], 1)
    assert torch.allclose(whole.log_probs(), parts, atol=1e-5)
    after = [model.read(ids[:, :1], s)[0].log_probs() for s in (end, other_end)]
    assert torch.allclose(*after, atol=1e-5)


def test_word_by_word_reads_the_same(model, ids):
    whole = read(model, ids)[0].log_probs()
    state = model.start(len(ids))
    for position in range(TIME):
        prediction, state = model.read(ids[:, position : position + 1], state)
        assert torch.allclose(prediction.log_probs()[:, 0], whole[:, position], atol=1e-5)


@pytest.mark.parametrize("changed", [0, 5, TIME - 1])
def test_a_later_word_changes_nothing_before_it(model, ids, changed):
    other = ids.clone()
    other[:, changed] = (other[:, changed] + 7) % VOCAB
    before = [read(model, text)[0].log_probs()[:, :changed] for text in (ids, other)]
    # but for the last bit: the place of a number in a vector decides how it is rounded
    torch.testing.assert_close(*before, atol=1e-6, rtol=0)
    after = [read(model, text)[0].log_probs()[:, changed] for text in (ids, other)]
    assert not torch.equal(*after)


def test_selected_rows_go_on_as_they_would_have(model):
    ids = torch.randint(VOCAB, (3, TIME), generator=torch.Generator().manual_seed(2))
    state = read(model, ids)[1]
    after = torch.tensor([[3, 4, 5], [6, 7, 8], [9, 10, 11]])
    rows = [2, 0, 2]
    expected = model.read(after, state)[0].log_probs()[rows]
    found = model.read(after[rows], model.select(state, rows))[0].log_probs()
    assert torch.allclose(found, expected, atol=1e-5)
    one = model.read(after[1:2], model.select(state, torch.tensor([1])))[0].log_probs()
    assert torch.allclose(one[:, :1], model.read(after, state)[0].log_probs()[1:2, :1], atol=1e-5)


def test_rows_made_from_one_text_do_not_disturb_each_other(model):
    text = torch.randint(VOCAB, (1, TIME), generator=torch.Generator().manual_seed(3))
    state = read(model, text)[1]
    rows = torch.randint(VOCAB, (4, 6), generator=torch.Generator().manual_seed(4))
    together = model.read(rows, model.select(state, [0, 0, 0, 0]))[0].log_probs()
    pairs = model.read(rows[2:], model.select(state, [0, 0]))[0].log_probs()
    assert torch.allclose(together[2:], pairs, atol=1e-5)


def test_reading_does_not_change_the_memory_it_was_given(model, ids):
    state = read(model, ids)[1]
    once = model.read(ids, state)[0].log_probs()
    again = model.read(ids, state)[0].log_probs()
    assert torch.equal(once, again)


def test_reading_does_not_change_the_weights(model, ids):
    base = getattr(model, "base", model)
    if not isinstance(base, RecurrentLM):
        pytest.skip("has no weights of its own")
    before = copy.deepcopy(base.state_dict())
    read(model, ids)
    assert all(torch.equal(before[name], weight) for name, weight in base.state_dict().items())
    assert all(parameter.grad is None for parameter in base.parameters())


def test_reading_builds_no_graph_whatever_mode_the_caller_is_in(model, ids):
    plain = read(model, ids)[0].log_probs()
    assert not plain.requires_grad
    with torch.inference_mode():
        assert torch.equal(read(model, ids)[0].log_probs(), plain)
    with torch.no_grad():
        assert torch.equal(read(model, ids)[0].log_probs(), plain)


BATCHABLE = {
    name: make
    for name, make in KINDS.items()
    if name
    in (
        "recurrent",
        "onnx",
        "int8",
        "average",
        "average of int8",
        "n-gram",
        "mixture",
        "n-gram by orders",
    )
} | {
    "other cells": lambda: RecurrentLM(
        RecurrentLMConfig(vocab_size=VOCAB, cell="gru", hidden=8, embedding=6), seeded(5)
    ).eval(),
    "mixture of mixtures": lambda: Mixture(
        [NGramMixture(recurrent(), ngram(), (0.1, 0.4, 0.8)), ngram()], [0.5, 0.5]
    ),
    "prefixed": lambda: prefixed(Mixture([recurrent(), ngram()], [0.7, 0.3])),
}
ALONE = sorted(set(KINDS) - set(BATCHABLE))


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def prefixed(model):
    return PrefixedModel(model, model.read(torch.tensor([[1, 4, 2]]), model.start(1))[1])


@pytest.fixture(params=BATCHABLE)
def batchable(request):
    return BATCHABLE[request.param]()


def texts(lengths):
    return [torch.randint(VOCAB, (1, length), generator=seeded(length)) for length in lengths]


def equal(one, other):
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    return len(one) == len(other) and all(map(equal, one, other))


def test_kinds_that_join_say_so_and_others_do_not(batchable):
    assert is_batchable(batchable)
    assert not any(is_batchable(KINDS[name]()) for name in ALONE)
    assert not is_batchable(prefixed(cache()))


def test_joined_rows_answer_as_alone_whatever_lengths_they_read(batchable):
    states = [read(batchable, text)[1] for text in texts([1, 7, 23, 2])]
    after = torch.randint(VOCAB, (4, 5), generator=seeded(9))
    together, state = batchable.read(after, batchable.join(states))
    for row, own in enumerate(states):
        alone, one = batchable.read(after[row : row + 1], own)
        assert torch.allclose(together.log_probs()[row], alone.log_probs()[0], atol=1e-5)
        again = torch.tensor([[3]])
        later = batchable.read(again, batchable.select(state, [row]))[0].log_probs()
        assert torch.allclose(later, batchable.read(again, one)[0].log_probs(), atol=1e-5)


def test_joining_what_was_selected_gives_the_state_back(batchable):
    state = read(batchable, torch.randint(VOCAB, (4, TIME), generator=seeded(6)))[1]
    rows = [batchable.select(state, [row]) for row in range(4)]
    assert equal(batchable.join(rows), state)
    assert equal(batchable.join([batchable.select(state, [0, 1]), *rows[2:]]), state)
    assert equal(batchable.join([state]), state)
    assert equal(batchable.select(batchable.join(rows[::-1]), [3, 2, 1, 0]), state)


def test_joining_changes_no_state_it_was_given(batchable):
    one, two = (read(batchable, text)[1] for text in texts([4, 6]))
    before = batchable.read(torch.tensor([[2]]), one)[0].log_probs()
    batchable.read(torch.tensor([[5], [6]]), batchable.join([one, two]))
    assert torch.equal(batchable.read(torch.tensor([[2]]), one)[0].log_probs(), before)


@pytest.mark.parametrize("base", [cache, dynamic])
def test_a_model_that_learns_while_it_reads_refuses_to_be_joined(base):
    mixed = NGramMixture(base(), ngram(), (0.1, 0.4, 0.8))
    with pytest.raises(UsageError, match="cannot be joined"):
        mixed.join([mixed.start(1), mixed.start(1)])
    assert not is_batchable(mixed)


def test_selected_predictions_are_those_of_the_rows(model):
    ids = torch.randint(VOCAB, (4, 6), generator=seeded(8))
    prediction, _ = read(model, ids)
    some = prediction.select([2, 0])
    expected = prediction.log_probs()[[2, 0]]
    assert torch.allclose(some.log_probs(), expected, atol=1e-6)
    assert torch.allclose(some.last().log_probs(), expected[:, -1:], atol=1e-6)
    asked = ids[[2, 0]].flip(1)
    found = expected.gather(2, asked[..., None])[..., 0]
    assert torch.allclose(some.log_prob_of(asked), found, atol=1e-5)
