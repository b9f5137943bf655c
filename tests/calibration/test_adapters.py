"""One call fits all that stands around a model, in the shape that config.json holds."""

import json
import math

import numpy as np
import pytest
import torch

from lmkit.calibration.adapters import fit_adapters, measured_gain
from lmkit.models.adapters.adapter import FitText
from lmkit.models.adapters.base_ngram import BaseNGramAdapter
from lmkit.models.adapters.ngram import NGramAdapter
from lmkit.models.adapters.stack import fitted_names, wrap_stack
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.sequence import stream_log_probs

VOCAB, LINE_END = 12, 1
TEXT = FitText(np.random.default_rng(0).choice([LINE_END, 4, 5, 6], 120), LINE_END)


def recurrent(seed):
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6, layers=1)
    return RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()


def ngram():
    return NGram.fit(TEXT.ids, vocab_size=VOCAB, line_end_id=LINE_END)


@pytest.fixture(scope="module")
def everything():
    return fit_adapters(recurrent(0), TEXT, assets={"ngram": ngram()}, backward=recurrent(1))


def test_the_stack_is_plain_values_lowest_first(everything):
    stored = json.loads(json.dumps([entry.to_dict() for entry in everything.stack]))
    assert [entry["name"] for entry in stored] == ["dynamic", "cache", "ngram"]
    weights = stored[-1]["weights"]
    assert set(weights) == {"", "dynamic", "cache"}
    assert all(len(each) == ngram().order for each in weights.values())
    assert max(weights[""]) > 0.5  # the n-gram has read this text, the other nothing
    assert 0 <= everything.backward_weight <= 1


def test_assets_come_along(everything):
    assert [entry.asset is None for entry in everything.stack] == [True, True, False]


def test_the_gain_is_measured_with_what_is_used_by_default(everything):
    model, names = recurrent(0), fitted_names(everything.stack)
    assert names == ("cache", "ngram")
    adapted = wrap_stack(model, everything.stack, names)
    expected = [stream_log_probs(m, TEXT.ids, line_end_id=LINE_END) for m in (adapted, model)]
    assert everything.gain == pytest.approx(float((expected[0] - expected[1]).mean()))
    assert everything.gain > 0.5


def test_no_adapter_gains_nothing():
    assert measured_gain(recurrent(0), (), TEXT) == 0.0


def test_what_is_not_there_is_left_out():
    fitted = fit_adapters(recurrent(0), TEXT)
    assert [entry.name for entry in fitted.stack] == ["dynamic", "cache"]
    assert fitted.backward_weight is None


def test_without_time_nothing_is_fitted_and_files_are_kept():
    fitted = fit_adapters(
        recurrent(0),
        FitText(np.resize(TEXT.ids, 3000), LINE_END),
        assets={"ngram": ngram()},
        backward=recurrent(1),
        seconds=0,
    )
    assert [entry.name for entry in fitted.stack] == ["ngram"]
    assert fitted_names(fitted.stack) == ()
    assert fitted.gain == 0.0
    assert fitted.backward_weight is None


def test_time_without_end_is_no_time_of_its_own():
    """Two endless fittings are the same, whatever the clock says."""
    one, same = (fit_adapters(recurrent(0), TEXT, seconds=math.inf) for _ in range(2))
    assert one == same


def test_an_adapter_can_be_left_out():
    fitted = fit_adapters(recurrent(0), TEXT, assets={"ngram": ngram()}, leave_out=("dynamic",))
    assert [entry.name for entry in fitted.stack] == ["cache", "ngram"]


def test_an_adapter_whose_asset_is_not_there_is_not_asked(monkeypatch):
    def refused(*_arguments, **_options):
        raise AssertionError("there is nothing to fit")

    for adapter in (BaseNGramAdapter, NGramAdapter):
        assert adapter.needs_asset
        monkeypatch.setattr(adapter, "fit", refused)
    found = fit_adapters(recurrent(0), TEXT, assets={})
    assert not {"ngram", "base-ngram"}.intersection(entry.name for entry in found.stack)
