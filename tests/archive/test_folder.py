"""The model folder: what goes in comes out, and nothing damaged is believed."""

import json
import os
from dataclasses import replace

import pytest
import torch

from lmkit.archive import folder as folder_module
from lmkit.archive.folder import CARD, complete_facts, load_archive, read_facts, save_archive
from lmkit.archive.layout import is_model_folder
from lmkit.archive.manifest import MANIFEST
from lmkit.archive.writing import write_folder
from lmkit.core.errors import Hint, ModelError, UsageError
from lmkit.core.files import sha256
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.weights import weights_of
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig


def write_manifest(folder):
    """Write the manifest as someone would who changes files and hides it."""
    path = folder / MANIFEST
    listed = json.loads(path.read_text(encoding="utf-8"))["files"]
    files = {name: sha256(folder / name) for name in listed}
    path.write_text(json.dumps({"files": files}), encoding="utf-8")


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
    assert same(loaded.backward, archive.backward)
    assert not loaded.model.training
    assert loaded.tokenizer.encode("the dog sat") == archive.tokenizer.encode("the dog sat")
    assert loaded.facts == json.loads(json.dumps(complete_facts(archive)))
    assert (folder / CARD).read_text(encoding="utf-8") == "# Card\n"


def test_config_json_names_version_kind_and_shape_alone(archive, folder):
    facts = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert facts["format_version"] == 2
    assert facts["kind"] == "recurrent"
    assert facts["unit"] == "word"
    assert [entry["name"] for entry in facts["stack"]] == ["dynamic", "cache", "ngram"]
    assert facts["architecture"]["hidden"] == archive.model.config.hidden
    assert not [key for key in facts["architecture"] if "dropout" in key or "penalty" in key]


def test_regularisation_of_the_training_is_not_part_of_a_stored_model(archive, tmp_path):
    config = replace(archive.model.config, dropout_output=0.5, slowness_penalty=2.0)
    archive.model.config = config
    save_archive(tmp_path / "m", archive)
    loaded = load_archive(tmp_path / "m").model.config
    assert loaded.dropout_output == 0.0
    assert loaded.shape == config.shape


def test_the_stack_comes_along_with_its_files(archive, folder):
    loaded = load_archive(folder)
    assert [e.name for e in loaded.stack] == [e.name for e in archive.stack]
    assert [e.config for e in loaded.stack] == [e.config for e in archive.stack]
    assert loaded.stack[0].asset.squares.keys() == archive.stack[0].asset.squares.keys()
    ids, ngram = torch.tensor([[1, 2]]), archive.ngram
    expected = ngram.read(ids, ngram.start(1))[0].log_probs()
    assert torch.equal(loaded.ngram.read(ids, ngram.start(1))[0].log_probs(), expected)
    assert loaded.fitted == ("cache", "ngram")


def test_a_file_that_lies_on_the_disk_already_is_copied(archive, folder, tmp_path):
    entry = StackEntry("ngram", NGramConfig(), folder / "ngram.safetensors")
    save_archive(tmp_path / "copy", replace(archive, stack=(entry,)))
    copied = tmp_path / "copy" / "ngram.safetensors"
    assert copied.read_bytes() == (folder / "ngram.safetensors").read_bytes()
    assert load_archive(tmp_path / "copy").ngram is not None


def test_an_archive_without_an_n_gram_has_none(archive):
    assert replace(archive, stack=()).ngram is None
    assert replace(archive, stack=()).fitted == ()


def test_saving_again_replaces_the_model_and_keeps_what_is_not_ours(archive, folder):
    (folder / "training").mkdir()
    (folder / "training" / "run.json").write_text("{}", encoding="utf-8")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    save_archive(folder, replace(archive, backward=None, stack=()))
    assert (folder / "training" / "run.json").is_file()
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert not (folder / "backward.safetensors").exists()
    assert load_archive(folder).backward is None


def test_an_edited_card_does_no_harm(folder):
    (folder / CARD).write_text("# My own words", encoding="utf-8")
    load_archive(folder)
    (folder / CARD).unlink()
    load_archive(folder)


@pytest.mark.skipif(os.name == "nt", reason="names there are Unicode")
def test_names_that_are_no_utf_8_are_kept_in_the_facts(archive, tmp_path):
    name = os.fsdecode(b"r\xe9cit.txt")
    facts = {**archive.facts, "training": {"sources": [name]}}
    folder = tmp_path / os.fsdecode(b"mod\xe8le")
    save_archive(folder, replace(archive, facts=facts), card=f"| data | {name} |", metrics=name)
    assert load_archive(folder).facts["training"]["sources"] == [name]
    (folder / CARD).read_text(encoding="utf-8")


def test_a_model_replaced_while_it_is_read_is_refused(archive, folder, monkeypatch):
    original = folder_module.verify_files

    def replaced(place, **options):
        files = original(place, **options)
        save_archive(folder, replace(archive, stack=()))
        return files

    monkeypatch.setattr(folder_module, "verify_files", replaced)
    with pytest.raises(ModelError, match="being replaced"):
        load_archive(folder)


def test_a_half_replaced_folder_gives_the_new_model(archive, folder, monkeypatch):
    monkeypatch.setattr("lmkit.archive.writing.finish", lambda folder: None)
    save_archive(folder, replace(archive, facts={**archive.facts, "training": {"words": 99}}))
    assert load_archive(folder).facts["training"] == {"words": 99}
    assert is_model_folder(folder)


def test_facts_are_read_without_the_weights(folder):
    (folder / "model.safetensors").unlink()
    assert read_facts(folder)["training"] == {"words": 22}


def test_a_model_that_no_kind_stores_is_refused(archive, tmp_path):
    with pytest.raises(UsageError, match="NGram"):
        save_archive(tmp_path / "m", replace(archive, model=archive.ngram))


def test_an_archive_moves_to_a_device(archive):
    moved = archive.to(torch.device("cpu"))
    assert same(moved.model, archive.model)
    assert moved.backward is not None
    counted = replace(archive, model=archive.ngram, backward=None)
    assert counted.to(torch.device("cpu")).model is archive.ngram


def test_equal_models_give_equal_bytes(archive, folder, tmp_path):
    save_archive(tmp_path / "again", archive)
    weights = "model.safetensors"
    assert (tmp_path / "again" / weights).read_bytes() == (folder / weights).read_bytes()


def test_a_training_that_is_not_over_is_told_how_to_go_on(tmp_path):
    (tmp_path / "begun" / "training").mkdir(parents=True)
    with pytest.raises(ModelError, match="is not finished") as caught:
        load_archive(tmp_path / "begun")
    assert caught.value.hint is Hint.RESUME


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(ModelError, match="no model folder") as caught:
        load_archive(tmp_path / "nothing")
    assert caught.value.exit_code == 3
    assert caught.value.hint is Hint.TRAIN


def test_any_other_folder_is_refused(tmp_path):
    assert not is_model_folder(tmp_path)
    with pytest.raises(ModelError, match="not a model folder"):
        load_archive(tmp_path)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "metrics.jsonl", "manifest.json", "config.json"]
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


def test_a_file_slipped_in_is_not_read(archive, tmp_path):
    save_archive(tmp_path / "m", replace(archive, backward=None))
    (tmp_path / "m" / "backward.safetensors").write_bytes(b"evil")
    assert load_archive(tmp_path / "m").backward is None


def test_a_newer_format_is_refused(folder):
    change(folder, "config.json", lambda facts: facts.update(format_version=3))
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
        {"cell_options": {"rounds": 3}},
        {"cell_options": 3},
        {"cell": "mogrifier", "cell_options": {"rounds": 10**9}},
        {"of_a_newer_lmkit": 1},
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


def test_an_unknown_key_of_the_architecture_is_named(folder):
    change(folder, "config.json", lambda facts: facts["architecture"].update(hiden=3))
    with pytest.raises(ModelError, match="hiden"):
        load_archive(folder)


@pytest.mark.parametrize("name", ["training", "architecture", "stack"])
def test_facts_that_are_none_are_refused(folder, name):
    change(folder, "config.json", lambda facts: facts.update({name: "x"}))
    with pytest.raises(ModelError, match=name):
        load_archive(folder)


@pytest.mark.parametrize("kind", ["forecaster", None, 3])
def test_a_kind_that_this_lmkit_does_not_have_is_refused(folder, kind):
    change(folder, "config.json", lambda facts: facts.update(kind=kind))
    with pytest.raises(ModelError, match="kind of model"):
        load_archive(folder)


def test_a_manifest_without_weights_is_refused(folder):
    kept = {name: (folder / name).read_bytes() for name in ("config.json", "tokenizer.json")}
    write_folder(folder, {n: lambda path, n=n: path.write_bytes(kept[n]) for n in kept})
    with pytest.raises(ModelError, match=r"does not list model\.safetensors"):
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
