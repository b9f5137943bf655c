"""A folder knows its kind, and a new kind is one file and one line."""

import json
import sys
import types

import numpy as np
import pytest
import torch

from lmkit.archive import kinds
from lmkit.archive.build import build_model
from lmkit.archive.folder import Archive, load_archive, save_archive
from lmkit.archive.kinds import KINDS, ModelKind, kind_named, kind_of
from lmkit.archive.options import ALONE, ModelOptions
from lmkit.core.errors import ModelError, UsageError
from lmkit.models.mixture import Mixture
from lmkit.models.ngram.ngram import NGram
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig


def counted(tokenizer, order):
    ids = np.array(tokenizer.encode("the cat sat\nthe dog sat"))
    return NGram.fit(
        ids, vocab_size=tokenizer.vocab_size, line_end_id=tokenizer.line_end_id, order=order
    )


class MixedKind(ModelKind[Mixture]):
    """A new kind: several n-grams in equal parts, a file for each."""

    name = "mixed"
    model_type = Mixture

    def architecture(self, model):
        return {"weights": list(model.weights)}

    def describe(self, architecture):
        count = len(architecture["weights"])
        return {"vocabulary": 0, "cell": "none", "layers": count, "hidden": 0, "parameters": 0}

    def weights_file(self, stem):
        return f"{stem}.json"

    def files(self, model, stem):
        text = json.dumps([f"{stem}-{number}.safetensors" for number in range(len(model.models))])
        parts = {
            f"{stem}-{number}.safetensors": part.save for number, part in enumerate(model.models)
        }
        return {self.weights_file(stem): lambda path: path.write_text(text), **parts}

    def read(self, files, stem, architecture):
        names = json.loads(files[self.weights_file(stem)].read_text())
        return Mixture([NGram.load(files[name]) for name in names], architecture["weights"])


@pytest.fixture
def with_mixed(monkeypatch):
    """The registry with a new kind: the file above and this line."""
    module = types.ModuleType("lmkit_mixed")
    module.MixedKind = MixedKind
    monkeypatch.setitem(sys.modules, "lmkit_mixed", module)
    lines = {**KINDS._entries, "mixed": "lmkit_mixed:MixedKind"}
    monkeypatch.setattr(kinds.KINDS, "_entries", lines)


def test_a_new_kind_is_one_file_and_one_line(with_mixed, tmp_path):
    tokenizer = Tokenizer.train(["the cat sat", "the dog sat"], TokenizerConfig())
    model = Mixture([counted(tokenizer, 1), counted(tokenizer, 2)], [0.5, 0.5])
    save_archive(tmp_path / "m", Archive(model=model, tokenizer=tokenizer))
    facts = json.loads((tmp_path / "m" / "config.json").read_text())
    assert facts["kind"] == "mixed"
    assert (tmp_path / "m" / "model-1.safetensors").is_file()
    loaded = load_archive(tmp_path / "m")
    read = build_model(loaded).only()
    ids = torch.tensor([[1, 2, 3]])
    expected = model.read(ids, model.start(1))[0].log_probs()
    assert torch.equal(read.read(ids, read.start(1))[0].log_probs(), expected)
    with pytest.raises(UsageError, match="no recurrent network"):
        _ = loaded.network


def test_every_kind_has_the_name_it_is_registered_by():
    for name in KINDS:
        assert KINDS.get(name).name == name


def test_the_kind_of_a_model_is_found(archive):
    assert kind_of(archive.model).name == "recurrent"
    assert archive.network is archive.model
    with pytest.raises(UsageError, match="NGram"):
        kind_of(archive.ngram)


@pytest.mark.parametrize("name", ["forecaster", None, 3, ["recurrent"]])
def test_an_unknown_kind_is_a_model_error(name):
    with pytest.raises(ModelError, match="recurrent"):
        kind_named(name)


def test_a_cache_over_a_kind_without_hidden_states_is_refused(archive):
    from dataclasses import replace

    counted_alone = replace(archive, model=archive.ngram, backward=None)
    with pytest.raises(UsageError, match="hidden states"):
        build_model(counted_alone, ModelOptions(adapters=("cache",)))
    assert build_model(counted_alone, ModelOptions(adapters=ALONE)).only() is archive.ngram
