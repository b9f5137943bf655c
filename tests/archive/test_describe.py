"""Facts that `info` shows, of a folder whose weights stay on the disk."""

import json
from dataclasses import replace

import pytest

from lmkit.archive.describe import describe, describe_facts, describe_folder
from lmkit.archive.folder import load_archive
from lmkit.core.errors import ModelError

PROMISED = "format_version unit vocabulary cell layers hidden parameters direction training"


def test_the_promised_fields_are_there(archive, folder):
    found = describe_folder(folder)
    assert set(PROMISED.split()) <= set(found)
    assert found["parameters"] == archive.model.parameter_count()
    assert found["vocabulary"] == archive.tokenizer.vocab_size
    assert found["training"] == {"words": 22}
    assert [entry["name"] for entry in found["stack"]] == ["dynamic", "cache", "ngram"]


def test_a_loaded_model_is_described_as_its_folder(folder):
    found = json.loads(json.dumps(describe(load_archive(folder))))
    assert found == describe_folder(folder)


def test_no_weight_is_loaded(folder, monkeypatch):
    def refused(path):
        raise AssertionError(f"{path} was loaded")

    monkeypatch.setattr("lmkit.archive.recurrent.load_tensors", refused)
    assert describe_folder(folder)["cell"] == "lstm"


def test_a_damaged_folder_is_not_described(folder):
    (folder / "model.safetensors").write_bytes(b"x")
    with pytest.raises(ModelError, match="damaged"):
        describe_folder(folder)


def test_an_edited_card_is_no_damage(folder):
    (folder / "README.md").write_text("mine", encoding="utf-8")
    assert describe_folder(folder)["unit"] == "word"


def test_facts_without_a_kind_are_refused(archive):
    with pytest.raises(ModelError, match="kind"):
        describe_facts({})
    assert describe(replace(archive, stack=()))["stack"] == []
