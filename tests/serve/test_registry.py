"""Models by name, and the variants in which they are asked."""

from dataclasses import replace

import pytest
import torch

from lmkit.core.errors import ModelError, UsageError
from lmkit.language_model import LanguageModel
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.serve import registry
from lmkit.serve.registry import ModelRegistry, ServedModel, VariantKey


def test_folders_are_called_as_they_are(model_folder):
    models = ModelRegistry.open([model_folder])
    assert [model.name for model in models] == [model_folder.name]
    assert models.get(None) is models.get(model_folder.name)
    assert models.get(str(model_folder)) is None
    assert models.get(None).card.startswith("#")


def test_models_are_named_as_asked_or_numbered(words_archive, pieces_archive):
    words, pieces = LanguageModel(words_archive), LanguageModel(pieces_archive)
    assert [m.name for m in ModelRegistry.open({"b": words, "a": pieces})] == ["b", "a"]
    assert [m.name for m in ModelRegistry.open([words, pieces])] == ["model-1", "model-2"]


def test_no_model_two_of_a_name_and_no_folder_are_refused(model_folder, tmp_path):
    with pytest.raises(UsageError, match="no model to serve"):
        ModelRegistry.open([])
    with pytest.raises(UsageError, match="two models are called"):
        ModelRegistry.open([model_folder, str(model_folder)])
    with pytest.raises(ModelError):
        ModelRegistry.open([tmp_path / "nothing"])


def test_a_variant_is_built_once_and_shares_what_it_can(words_archive):
    model = ServedModel("m", words_archive)
    key = VariantKey(model="m", adapters=())
    assert model.variant(key) is model.variant(VariantKey(model="m", adapters=()))
    other = model.variant(VariantKey(model="m", direction="forward"))
    assert other.banned is model.variant(key).banned
    assert other.directions.backward is None
    assert model.variant(key).forward is words_archive.model


def test_8_bits_are_laid_out_once_for_all_variants(words_archive):
    model = ServedModel("m", words_archive)
    one = model.variant(VariantKey(model="m", adapters=(), precision="int8"))
    two = model.variant(VariantKey(model="m", adapters=(), direction="forward", precision="int8"))
    assert isinstance(one.forward, Int8LM)
    assert one.forward is two.forward


def test_8_bits_of_a_model_without_a_network_are_refused(words_archive):
    counted = replace(words_archive, model=words_archive.ngram, backward=None, stack=())
    model = ServedModel("m", counted)
    assert not model.is_quicker_in_int8
    with pytest.raises(UsageError, match="only recurrent models"):
        model.variant(VariantKey(model="m", precision="int8"))


def test_8_bits_are_quicker_for_larger_models(words_archive, monkeypatch):
    model = ServedModel("m", words_archive)
    assert not model.is_quicker_in_int8
    monkeypatch.setattr(registry, "QUICK", 10)
    assert model.is_quicker_in_int8


def test_an_average_of_networks_has_8_bits_in_each(words_archive, monkeypatch):
    average = replace(words_archive, model=AverageLM([words_archive.model] * 2), backward=None)
    model = ServedModel("m", average)
    key = VariantKey(model="m", adapters=(), precision="int8")
    rounded = model.variant(key).forward
    assert [type(network) for network in rounded.models] == [Int8LM, Int8LM]
    assert not model.is_quicker_in_int8
    monkeypatch.setattr(registry, "QUICK", 10)
    assert model.is_quicker_in_int8


def test_a_model_that_reads_backward_alone_cannot_read_forward(words_archive):
    model = ServedModel("m", words_archive)
    variant = model.variant(VariantKey(model="m", adapters=(), direction="backward"))
    with pytest.raises(UsageError, match="reads backward"):
        _ = variant.forward


def test_banned_tokens_are_those_never_written(words_archive):
    banned = ServedModel("m", words_archive).variant(VariantKey(model="m")).banned
    assert bool(banned[words_archive.tokenizer.unknown_id])
    assert banned.dtype == torch.bool
