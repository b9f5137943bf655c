"""The model that a run starts from: named, or chosen by the words of the text."""

import shutil

import pytest

from lmkit.core.errors import ModelError
from lmkit.data.sources import SourceConfig
from lmkit.recipes import base as module
from lmkit.recipes import train_language_model
from lmkit.recipes.base import known_share, open_base, suitable_base
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

READING = SourceConfig()


@pytest.fixture
def folder(ask, tmp_path):
    for _ in train_language_model(ask(out=tmp_path / "old", direction="both")):
        pass
    return tmp_path / "old"


def test_a_folder_is_opened_with_all_its_directions(folder):
    base = open_base(str(folder))
    assert (base.name, base.place) == ("old", str(folder))
    assert list(base.models) == ["forward", "backward"]
    assert base.direction == "both"


def test_a_model_of_one_direction_has_one(ask, tmp_path):
    for _ in train_language_model(ask(direction="backward")):
        pass
    base = open_base(str(tmp_path / "model"))
    assert (list(base.models), base.direction) == (["backward"], "backward")


def test_equal_folders_have_equal_digests_wherever_they_are(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    assert open_base(str(tmp_path / "copy")).digest == open_base(str(folder)).digest


def test_a_missing_base_is_answered_with_the_names_there_are():
    with pytest.raises(ModelError, match="none") as refused:
        open_base("nowhere")
    assert "nowhere" in str(refused.value)


def test_a_damaged_base_is_refused(folder):
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelError):
        open_base(str(folder))


def test_the_share_of_known_words_leaves_punctuation_out():
    tokenizer = Tokenizer.train(["the cat sat ."], TokenizerConfig(min_frequency=1))
    assert known_share(tokenizer, ["the cat ran .", "; ; the gnu"]) == pytest.approx(3 / 5)
    assert known_share(tokenizer, []) == 0


def test_a_tokenizer_that_spells_everything_says_nothing():
    tokenizer = Tokenizer.train(["the cat sat ."], TokenizerConfig(unit="bpe"))
    assert known_share(tokenizer, ["the cat"]) == 0


def test_a_text_in_words_of_a_base_finds_it(folder, small_text):
    found = suitable_base([str(small_text)], READING, [str(folder)])
    assert found is not None
    assert found.name == "old"


def test_the_base_that_knows_more_is_chosen(folder, ask, small_text, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("quite another text\n" * 50)
    for _ in train_language_model(ask(out=tmp_path / "third", sources=(str(other),))):
        pass
    found = suitable_base([str(small_text)], READING, [str(tmp_path / "third"), str(folder)])
    assert found.name == "old"


def test_a_text_in_other_words_finds_none(folder, tmp_path):
    (tmp_path / "greek.txt").write_text("Ελλάδα και γλώσσα\n" * 20)
    assert suitable_base([str(tmp_path / "greek.txt")], READING, [str(folder)]) is None


def test_a_long_text_starts_from_nothing(folder, small_text, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_TEXT", 100)
    assert suitable_base([str(small_text)], READING, [str(folder)]) is None


@pytest.mark.parametrize("source", ["-", "grammar", "hf:name"])
def test_what_is_no_file_is_not_read_to_choose(folder, source):
    assert suitable_base([source], READING, [str(folder)]) is None


def test_without_bundled_models_there_is_nothing_to_choose(small_text):
    assert suitable_base([str(small_text)], READING, []) is None
    assert suitable_base([str(small_text)], READING) is None
