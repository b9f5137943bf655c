"""One call fits all that stands around a model, in the shape that config.json holds."""

import json

import numpy as np
import torch

from lmkit.calibration.adapters import AdapterInputs, fit_adapters
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB, LINE_END = 12, 1


def recurrent(seed):
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6, layers=1)
    return RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()


IDS = np.random.default_rng(0).choice([LINE_END, 4, 5, 6], 120)


def test_settings_of_all_companions_are_plain_values():
    ngram = NGram.fit(IDS, vocab_size=VOCAB, line_end_id=LINE_END)
    around = AdapterInputs(ngram=ngram, backward=recurrent(1))
    fitted = fit_adapters(recurrent(0), IDS, line_end_id=LINE_END, around=around)
    facts = json.loads(json.dumps(fitted.to_dict()))
    assert set(facts) == {"cache", "dynamic", "ngram", "backward"}
    assert set(facts["cache"]) == {"window", "weight", "theta", "decay"}
    assert set(facts["ngram"]) == {"weight", "with_cache", "with_dynamic"}
    assert all(len(shares) == ngram.order for shares in facts["ngram"].values())
    assert all(0 <= share <= 1 for shares in facts["ngram"].values() for share in shares)
    assert max(facts["ngram"]["weight"]) > 0.5  # the n-gram has read this text, the other nothing
    assert 0 <= facts["backward"]["weight"] <= 1


def test_what_is_not_there_is_left_out():
    fitted = fit_adapters(recurrent(0), IDS, line_end_id=LINE_END)
    assert set(fitted.to_dict()) == {"cache", "dynamic"}


def test_without_time_nothing_is_fitted():
    ngram = NGram.fit(IDS, vocab_size=VOCAB, line_end_id=LINE_END)
    around = AdapterInputs(ngram=ngram, backward=recurrent(1))
    fitted = fit_adapters(recurrent(0), IDS, line_end_id=LINE_END, around=around, seconds=0)
    assert fitted.to_dict() == {}
