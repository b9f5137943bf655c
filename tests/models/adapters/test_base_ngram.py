"""The n-gram of a base as an adapter."""

import json

import numpy as np
import pytest
import torch

from lmkit.core.errors import ModelError, UsageError
from lmkit.models.adapters.adapter import Beneath, FitText
from lmkit.models.adapters.base_ngram import BaseNGramAdapter, BaseNGramConfig
from lmkit.models.adapters.ngram import NGramMixture
from lmkit.models.adapters.stack import StackEntry, read_entry
from lmkit.models.ngram.ngram import NGram
from lmkit.models.ngram.united import UnitedNGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.sequence import stream_log_probs

KNOWN, ALL, LINE_END = 9, 12, 1
TEXT = np.random.default_rng(0).choice([LINE_END, 4, 5, 6], 200)


@pytest.fixture
def network():
    config = RecurrentLMConfig(vocab_size=ALL, hidden=6, embedding=6, layers=1)
    return RecurrentLM(config, torch.Generator().manual_seed(0)).eval()


@pytest.fixture(scope="module")
def ngram():
    return NGram.fit(TEXT, vocab_size=KNOWN, line_end_id=LINE_END, order=3)


def test_fitting_it_makes_a_text_like_the_base_s_less_surprising(network, ngram):
    adapter, beneath = BaseNGramAdapter(), Beneath((), network)
    united = UnitedNGram(ngram, vocab_size=ALL, unknown_id=0)
    config = adapter.fit([beneath], FitText(TEXT, LINE_END), asset=united)
    mixed = adapter.wrap(beneath, config, united)
    assert isinstance(mixed, NGramMixture)
    nats = [-stream_log_probs(m, TEXT, line_end_id=LINE_END).mean() for m in (mixed, network)]
    assert nats[0] < nats[1] - 0.3


def test_a_file_answers_as_what_was_fitted(network, ngram, tmp_path):
    adapter, beneath = BaseNGramAdapter(), Beneath((), network)
    united = UnitedNGram(ngram, vocab_size=ALL, unknown_id=0)
    config = BaseNGramConfig(weights={"": (0.1, 0.2, 0.3)}, unknown_id=0)
    adapter.save(united, tmp_path / adapter.file)
    loaded = adapter.load(tmp_path / adapter.file, network)
    ids = np.append(TEXT[:20], [10, 11, LINE_END])
    found = [
        stream_log_probs(adapter.wrap(beneath, config, asset), ids, line_end_id=LINE_END)
        for asset in (united, loaded)
    ]
    assert torch.equal(*found)


def test_its_settings_are_stored_and_read_again():
    config = BaseNGramConfig(weights={"": (0.1, 0.2)}, unknown_id=3)
    stored = json.loads(json.dumps(StackEntry("base-ngram", config).to_dict()))
    assert read_entry(stored).config == config


def test_without_an_n_gram_there_is_nothing_to_fit_or_mix_in(network):
    adapter, beneath = BaseNGramAdapter(), Beneath((), network)
    assert adapter.fit([beneath], FitText(TEXT, LINE_END), asset=None) is None
    assert not adapter.is_fitted(BaseNGramConfig())
    with pytest.raises(UsageError):
        adapter.wrap(beneath, BaseNGramConfig(), None)


def test_a_file_of_a_larger_vocabulary_is_damaged(network, tmp_path):
    NGram.fit(TEXT, vocab_size=ALL + 1, line_end_id=LINE_END).save(tmp_path / "large")
    with pytest.raises(ModelError):
        BaseNGramAdapter().load(tmp_path / "large", network)
