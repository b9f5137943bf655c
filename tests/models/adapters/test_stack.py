"""An ordered stack: laid on in one order, stored and read, and open to a new adapter."""

import json
import sys
import types
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from lmkit.core.errors import ModelError, UnknownNameError, UsageError
from lmkit.core.registry import Registry
from lmkit.core.seeding import make_generator
from lmkit.models import adapters
from lmkit.models.adapters import stack as stack_module
from lmkit.models.adapters.adapter import Adapter
from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.models.adapters.dynamic_evaluation import DynamicConfig, DynamicEvaluation
from lmkit.models.adapters.neural_cache import NeuralCache
from lmkit.models.adapters.ngram import NGramConfig, NGramMixture
from lmkit.models.adapters.stack import StackEntry, fitted_names, read_entry, wrap_stack
from lmkit.models.mixture import Mixture
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB, LINE_END = 12, 1


def network():
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=6, layers=1)
    return RecurrentLM(config, make_generator(0)).eval()


def ngram():
    ids = np.random.default_rng(0).integers(0, VOCAB, 200)
    return NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END, order=2)


WEIGHTS = {"": (0.1, 0.1), "cache": (0.2, 0.2), "dynamic": (0.3, 0.3)}


def full_stack():
    return (
        StackEntry("dynamic", DynamicConfig(rate=0.001)),
        StackEntry("cache", CacheConfig(window=5)),
        StackEntry("ngram", NGramConfig(weights=WEIGHTS), ngram()),
    )


def test_adapters_are_laid_on_in_one_order_however_they_are_named():
    found = wrap_stack(network(), full_stack(), ("ngram", "dynamic", "cache"))
    assert isinstance(found, NGramMixture)
    assert isinstance(found.model, NeuralCache)
    assert isinstance(found.model.base, DynamicEvaluation)
    assert found.model.config.window == 5
    assert found.model.base.config.rate == 0.001
    assert found.weights == (0.3, 0.3)  # the lowest part beneath is dynamic evaluation


def test_no_adapters_leave_the_network_itself():
    model = network()
    assert wrap_stack(model, full_stack(), ()) is model


def test_each_pair_reads():
    ids = torch.tensor([[2, 3, 4]])
    for names in (("dynamic", "cache"), ("cache", "ngram"), ("dynamic", "ngram")):
        model = wrap_stack(network(), full_stack(), names)
        log_probs = model.read(ids, model.start(1))[0].log_probs()
        torch.testing.assert_close(log_probs.exp().sum(-1), torch.ones(1, 3))


def test_an_adapter_that_was_not_fitted_has_its_defaults():
    model = wrap_stack(network(), (), ("cache",))
    assert isinstance(model, NeuralCache)
    assert model.config == CacheConfig()


def test_an_unknown_adapter_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownNameError, match="cache"):
        wrap_stack(network(), (), ("cahce",))
    with pytest.raises(UsageError, match="no n-gram"):
        wrap_stack(network(), (), ("ngram",))


def test_fitted_are_used_by_default_but_for_the_slow_and_the_unfitted():
    assert fitted_names(full_stack()) == ("cache", "ngram")
    unfitted = (StackEntry("ngram", NGramConfig(), ngram()),)
    assert fitted_names(unfitted) == ()


def test_an_entry_is_stored_and_read():
    for entry in full_stack():
        stored = json.loads(json.dumps(entry.to_dict()))
        found = read_entry(stored)
        assert found.name == entry.name
        assert found.config == entry.config


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ("cache", "no adapter"),
        ({"window": 3}, "no adapter"),
        ({"name": "trigram"}, "trigram"),
        ({"name": "cache", "flatness": 1.0}, "flatness"),
        ({"name": "cache", "window": "many"}, "window"),
        ({"name": "cache", "weight": 2.0}, "weight"),
        ({"name": "ngram", "weights": {"": ["a"]}}, "weights"),
        ({"name": "ngram", "weights": [0.1]}, "weights"),
    ],
)
def test_an_entry_that_is_none_is_a_damaged_folder(stored, message):
    with pytest.raises(ModelError, match=message):
        read_entry(stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfConfig:
    weight: float = 0.5


class HalfUniform(Adapter[HalfConfig, None]):
    """A new adapter: a uniform guess beside the model."""

    name = "half"
    config_type = HalfConfig

    def wrap(self, beneath, config, asset):
        ids = np.arange(VOCAB)
        uniform = NGram.fit(ids, vocab_size=VOCAB, line_end_id=LINE_END, order=1)
        return Mixture([beneath.model, uniform], [1 - config.weight, config.weight])

    def fit(self, models, text, *, asset, seconds=float("inf")):
        return HalfConfig(weight=0.25)


@pytest.fixture
def with_half(monkeypatch):
    """The registry with a new adapter: the file above and this line."""
    module = types.ModuleType("lmkit_half")
    module.HalfUniform = HalfUniform
    monkeypatch.setitem(sys.modules, "lmkit_half", module)
    lines = {**adapters.ADAPTERS._entries, "half": "lmkit_half:HalfUniform"}
    monkeypatch.setattr(adapters.ADAPTERS, "_entries", lines)
    assert stack_module.ADAPTERS is adapters.ADAPTERS
    assert isinstance(adapters.ADAPTERS, Registry)


def test_a_new_adapter_is_one_file_and_one_line(with_half):
    entry = StackEntry("half", HalfConfig(weight=0.25))
    assert read_entry(entry.to_dict()) == entry
    stack = (*full_stack(), entry)
    assert fitted_names(stack) == ("cache", "ngram", "half")
    model = wrap_stack(network(), stack, ("half", "cache"))
    assert isinstance(model, Mixture)
    assert isinstance(model.models[0], NeuralCache)


def test_a_new_adapter_is_fitted_like_the_others(with_half):
    from lmkit.calibration.adapters import fit_adapters
    from lmkit.models.adapters.adapter import FitText

    ids = np.random.default_rng(0).choice([LINE_END, 4, 5], 60)
    fitted = fit_adapters(network(), FitText(ids, LINE_END))
    assert [entry.name for entry in fitted.stack] == ["dynamic", "cache", "half"]
    assert fitted.stack[-1].config == HalfConfig(weight=0.25)
