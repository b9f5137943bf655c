import json

import numpy as np
import pytest

from lmkit.core.errors import DataError
from lmkit.data.corpus import CorpusFacts, write_corpus
from lmkit.data.prepared_text import (
    FACTS,
    FORMAT,
    PREPARED,
    TOKENIZER,
    TRAIN,
    VALID,
    is_prepared,
    load_prepared,
    notices_of,
    open_prepared,
    read_marker,
    read_prepared,
    write_facts,
)
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

WORDS = Tokenizer.train(["the cat sat"], TokenizerConfig(min_frequency=1))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "text-abc"
    path.mkdir()
    train = write_corpus([" the cat\n"] * 3, WORDS, path / TRAIN)
    valid = write_corpus([" sat\n"], WORDS, path / VALID)
    write_facts(path, train, valid, is_held_out=True, notices=["read as cp1252"])
    WORDS.save(path / TOKENIZER)
    return path


def test_what_was_written_is_loaded(folder):
    text = open_prepared(folder)
    assert WORDS.decode(text.train.ids.tolist()) == "the cat\n" * 3
    assert (text.train.words, text.valid.words, text.train.lines) == (9, 2, 3)
    assert text.notices == ("read as cp1252",)
    assert text.is_held_out
    assert text.was_cached
    assert text.key == "text-abc"
    assert isinstance(text.train.ids, np.memmap)


def test_a_key_that_is_kept_does_not_follow_the_name_of_the_folder(folder):
    text = open_prepared(folder)
    write_facts(folder, text.train.facts, text.valid.facts, is_held_out=True, notices=[], key="k")
    assert open_prepared(folder).key == "k"


@pytest.mark.parametrize("name", [TRAIN, VALID, TOKENIZER, FACTS])
def test_what_is_not_whole_is_as_if_it_were_not_there(folder, name):
    (folder / name).write_bytes(b"{")
    assert load_prepared(folder) is None
    (folder / name).unlink()
    assert load_prepared(folder) is None
    with pytest.raises(DataError, match="vanished while they were read"):
        open_prepared(folder)


def test_rare_words_and_missing_spaces_are_told():
    many = CorpusFacts(words=100, lines=10, unknown=50, ids=100)
    (told,) = notices_of(many, WORDS, size=500)
    assert "50% of the text are words too rare" in told
    letters = Tokenizer.train(["the cat"], TokenizerConfig(unit="char", min_frequency=1))
    assert "characters too rare" in notices_of(many, letters, size=500)[0]
    few = CorpusFacts(words=20, lines=10, unknown=0, ids=100)
    (told,) = notices_of(few, WORDS, size=5_000)
    assert "a line end only every 500 bytes" in told
    assert notices_of(few, WORDS, size=100) == []


def test_a_folder_of_lmkit_prepare_is_known_by_its_file(tmp_path):
    assert not is_prepared(tmp_path)
    assert read_prepared(tmp_path) is None
    content = {"format": FORMAT, "request": {"sources": []}}
    (tmp_path / PREPARED).write_text(json.dumps(content))
    assert is_prepared(tmp_path)
    assert read_prepared(tmp_path) == content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"format": FORMAT + 1, "request": {}}, "was prepared by another lmkit, in the format 2"),
        ({"request": {}}, "in the format None"),
        ({"format": FORMAT}, "is damaged"),
        ({"format": FORMAT, "request": []}, "is damaged"),
        ({"format": FORMAT, "request": {}, "files": ["x"]}, "is damaged"),
    ],
)
def test_another_format_is_refused(tmp_path, content, message):
    (tmp_path / PREPARED).write_text(json.dumps(content))
    with pytest.raises(DataError, match=message):
        read_prepared(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "3", "[" * 100_000, "\xff"])
def test_a_marker_is_an_object_or_damaged(tmp_path, content):
    (tmp_path / "m").write_text(content, encoding="latin-1")
    with pytest.raises(DataError, match=r"m is damaged; delete it and run"):
        read_marker(tmp_path / "m")
    assert read_marker(tmp_path / "none") is None
