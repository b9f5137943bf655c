"""The model folder: what goes in comes out, and nothing damaged is believed."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from lmkit.archive.folder import Archive, is_model_folder, load_archive, save_archive
from lmkit.archive.manifest import write_manifest
from lmkit.core.errors import ModelError
from lmkit.models.adapters.gradient_scale import GradientScale
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.weights import weights_of
from lmkit.nn.heads.head import LARGE_VOCABULARY
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig


@pytest.fixture
def archive():
    tokenizer = Tokenizer.train(["the cat sat", "the dog sat"], TokenizerConfig())
    config = RecurrentLMConfig(
        vocab_size=tokenizer.vocab_size, layers=2, hidden=6, embedding=4, head="full"
    )
    return Archive(
        model=RecurrentLM(config, torch.Generator().manual_seed(1)),
        tokenizer=tokenizer,
        facts={"training": {"words": 8}, "companions": {"ngram": {"weight": 0.3}}},
    )


@pytest.fixture
def folder(archive, tmp_path):
    save_archive(tmp_path / "model", archive, card="# Card\n", metrics="{}\n")
    return tmp_path / "model"


def change(folder, name, edit):
    """Edit a JSON file as someone would who also mends the manifest."""
    path = folder / name
    value = json.loads(path.read_text(encoding="utf-8"))
    edit(value)
    path.write_text(json.dumps(value), encoding="utf-8")
    write_manifest(folder)


def same(one, other):
    first, second = weights_of(one), weights_of(other)
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_what_was_saved_is_loaded(archive, folder):
    loaded = load_archive(folder)
    assert same(loaded.model, archive.model)
    assert not loaded.model.training
    assert loaded.tokenizer.encode("the dog sat") == archive.tokenizer.encode("the dog sat")
    assert loaded.facts["format_version"] == 1
    assert loaded.facts["unit"] == "word"
    assert loaded.facts["companions"] == {"ngram": {"weight": 0.3}}
    assert loaded.backward is None
    assert loaded.ngram is None
    assert (folder / "README.md").read_text(encoding="utf-8") == "# Card\n"


def test_companions_come_along(archive, tmp_path):
    size = archive.tokenizer.vocab_size
    ngram = NGram.fit(np.array([2, 3, 1, 2, 4, 1]), vocab_size=size, line_end_id=1)
    backward = RecurrentLM(archive.model.config, torch.Generator().manual_seed(2))
    gradients = GradientScale.measure(archive.model, [])
    full = replace(archive, backward=backward, ngram=ngram, gradients=gradients)
    save_archive(tmp_path / "full", full)
    loaded = load_archive(tmp_path / "full")
    assert same(loaded.backward, backward)
    assert loaded.gradients.squares.keys() == gradients.squares.keys()
    ids = torch.tensor([[1, 2]])
    expected = ngram.read(ids, ngram.start(1))[0].log_probs()
    assert torch.equal(loaded.ngram.read(ids, loaded.ngram.start(1))[0].log_probs(), expected)


def test_saving_again_replaces_the_model_and_keeps_the_training_folder(archive, folder):
    (folder / "training").mkdir()
    (folder / "training" / "run.json").write_text("{}", encoding="utf-8")
    (folder / "old.txt").write_text("old", encoding="utf-8")
    save_archive(folder, archive)
    assert (folder / "training" / "run.json").is_file()
    assert not (folder / "old.txt").exists()
    load_archive(folder)


def test_equal_models_give_equal_bytes(archive, folder, tmp_path):
    save_archive(tmp_path / "again", archive)
    weights = "model.safetensors"
    assert (tmp_path / "again" / weights).read_bytes() == (folder / weights).read_bytes()


def test_a_folder_from_before_a_setting_existed_takes_its_default(archive, folder):
    change(folder, "config.json", lambda facts: facts["architecture"].pop("cell_options"))
    assert load_archive(folder).model.config == archive.model.config


def test_a_large_model_that_left_its_head_open_is_an_adaptive_one(tmp_path):
    words = [f"w{number}" for number in range(LARGE_VOCABULARY + 1)]
    tokenizer = Tokenizer.train([" ".join(words)], TokenizerConfig(min_frequency=1))
    size = {"vocab_size": tokenizer.vocab_size, "layers": 1, "hidden": 2, "embedding": 2}
    model = RecurrentLM(RecurrentLMConfig(**size, head="adaptive"))
    save_archive(tmp_path / "m", Archive(model=model, tokenizer=tokenizer), card="", metrics="")
    change(tmp_path / "m", "config.json", lambda facts: facts["architecture"].update(head="auto"))
    loaded = load_archive(tmp_path / "m").model
    assert loaded.config.head == "adaptive"
    assert same(loaded, model)


def test_a_training_that_is_not_over_is_told_how_to_go_on(tmp_path):
    (tmp_path / "begun" / "training").mkdir(parents=True)
    with pytest.raises(ModelError, match="--resume"):
        load_archive(tmp_path / "begun")


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(ModelError, match="no model folder") as caught:
        load_archive(tmp_path / "nothing")
    assert caught.value.exit_code == 3


def test_any_other_folder_is_refused(tmp_path):
    assert not is_model_folder(tmp_path)
    with pytest.raises(ModelError, match="not a model folder"):
        load_archive(tmp_path)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "README.md", "metrics.jsonl", "manifest.json"]
)
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError):
        load_archive(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_one_changed_byte_is_refused(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[-5] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelError):
        load_archive(folder)


def test_a_file_slipped_in_is_not_read(folder):
    (folder / "backward.safetensors").write_bytes(b"evil")
    assert load_archive(folder).backward is None


def test_a_newer_format_is_refused(folder):
    change(folder, "config.json", lambda facts: facts.update(format_version=2))
    with pytest.raises(ModelError, match="newer"):
        load_archive(folder)


@pytest.mark.parametrize("version", [None, "1", True, -1, 1.5])
def test_a_format_that_is_no_number_is_refused(folder, version):
    change(folder, "config.json", lambda facts: facts.update(format_version=version))
    with pytest.raises(ModelError, match="format_version"):
        load_archive(folder)


@pytest.mark.parametrize(
    "architecture",
    [
        {"hidden": 10**9},
        {"hidden": 10**30},
        {"layers": 10**9},
        {"layers": 3},
        {"vocab_size": 10**12},
        {"embedding": 0},
        {"hidden": -4},
        {"hidden": "many"},
        {"cell": "no such cell"},
        {"cell": "gru"},
        {"tied": "perhaps"},
        {"head": ["full"]},
    ],
)
def test_an_architecture_that_the_weights_do_not_have_is_refused(folder, architecture):
    change(folder, "config.json", lambda facts: facts["architecture"].update(architecture))
    with pytest.raises(ModelError):
        load_archive(folder)


@pytest.mark.parametrize("architecture", [None, [], "lstm", {}])
def test_no_architecture_is_refused(folder, architecture):
    change(folder, "config.json", lambda facts: facts.update(architecture=architecture))
    with pytest.raises(ModelError):
        load_archive(folder)


@pytest.mark.parametrize("name", ["training", "companions"])
def test_facts_that_are_none_are_refused(folder, name):
    change(folder, "config.json", lambda facts: facts.update({name: "x"}))
    with pytest.raises(ModelError, match=name):
        load_archive(folder)


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/etc/passwd", "training/../x", "..", "", "a\\b", "C:x"]
)
def test_a_manifest_that_points_elsewhere_is_refused(folder, name):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"][name] = "0" * 64
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelError, match="damaged"):
        load_archive(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 3}', '{"files": {"a": 1}}', "[" * 9999])
def test_a_malformed_manifest_is_refused(folder, text):
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="damaged"):
        load_archive(folder)


def test_weights_that_are_no_tensors_are_refused(folder):
    (folder / "model.safetensors").write_bytes(b"\xff" * 64)
    write_manifest(folder)
    with pytest.raises(ModelError, match="damaged"):
        load_archive(folder)


def test_a_tokenizer_of_another_vocabulary_is_refused(folder):
    Tokenizer.train(["one two three four five six"], TokenizerConfig()).save(
        folder / "tokenizer.json"
    )
    write_manifest(folder)
    with pytest.raises(ModelError, match="tokens"):
        load_archive(folder)
