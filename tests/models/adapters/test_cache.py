"""The cache adapter: what it is fitted to, and the models it can be laid on."""

import math

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.models.adapters.adapter import Beneath, FitText
from lmkit.models.adapters.cache import CacheAdapter, fit_cache
from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.sequence import stream_log_probs

VOCAB, LINE_END = 20, 1


def recurrent(seed=0):
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=8, embedding=8)
    return RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()


def repetitive_ids():
    """A text of few of the words there are, which pays to remember."""
    return np.random.default_rng(0).choice([LINE_END, 4, 5, 6], 400)


def test_the_fitted_cache_predicts_better_than_none():
    model, ids = recurrent(), repetitive_ids()
    config = fit_cache(model, ids, line_end_id=LINE_END, window=50)
    assert config.window == 50
    assert config.weight > 0.1
    plain = stream_log_probs(model, ids, line_end_id=LINE_END).mean()
    cached = stream_log_probs(NeuralCache(model, config), ids, line_end_id=LINE_END).mean()
    assert cached > plain + 0.1


def test_words_fade_where_the_text_moves_on():
    """Each hundred words are of three of their own: what was read before them says nothing."""
    chance = np.random.default_rng(0)
    ids = np.concatenate([chance.choice(range(n, n + 3), 100) for n in range(2, 17, 3)])
    assert fit_cache(recurrent(), ids, line_end_id=LINE_END).decay > 0.002
    alike = chance.choice([4, 5, 6], 500)
    assert fit_cache(recurrent(), alike, line_end_id=LINE_END).decay < 0.002


@pytest.mark.parametrize("count", [0, 1, 2])
def test_texts_of_hardly_any_words_can_be_fitted(count):
    assert fit_cache(recurrent(), np.full(count, 5), line_end_id=LINE_END).window == 2000


def test_the_adapter_lays_a_cache_on_the_model_beneath():
    model, config = recurrent(), CacheConfig(window=7)
    adapted = CacheAdapter().wrap(Beneath((), model), config, None)
    assert isinstance(adapted, NeuralCache)
    assert adapted.base is model
    assert adapted.config == config


def test_a_model_without_hidden_states_cannot_be_remembered():
    ngram = NGram.fit(repetitive_ids(), vocab_size=VOCAB, line_end_id=LINE_END)
    with pytest.raises(UsageError, match="ngram has none"):
        CacheAdapter().wrap(Beneath(("ngram",), ngram), CacheConfig(), None)


def test_the_adapter_is_fitted_on_the_network_alone():
    model, text = recurrent(), FitText(repetitive_ids(), LINE_END)
    models = [Beneath((), model), Beneath(("dynamic",), recurrent(1))]
    found = CacheAdapter().fit(models, text, asset=None)
    assert found == fit_cache(model, text.ids, line_end_id=LINE_END)


def test_without_time_nothing_is_fitted():
    text = FitText(np.resize(repetitive_ids(), 5000), LINE_END)
    models = [Beneath((), recurrent())]
    assert CacheAdapter().fit(models, text, asset=None, seconds=0.0) is None
    assert CacheAdapter().fit(models, text, asset=None, seconds=math.inf) is not None
