import json

import pytest

from lmkit.core.errors import DataError
from lmkit.core.files import sha256
from lmkit.data.corpus import CorpusFacts
from lmkit.data.parts.finish import finish
from lmkit.data.parts.layout import PARTS, Done, Ids, PartPlace
from lmkit.data.prepared_text import FACTS, PREPARED, TOKENIZER, TRAIN, VALID, open_prepared
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

WORDS = Tokenizer.train(["the cat sat"], TokenizerConfig(min_frequency=1))
REQUEST = {"sources": [{"name": "my.txt", "is_valid": False}]}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / PARTS).mkdir()
    WORDS.save(tmp_path / TOKENIZER)
    return tmp_path


def encoded(folder, number, train, valid=b""):
    """A part with some ids of one byte."""
    place = PartPlace(folder, number)
    kinds = []
    for kind, content in (("train", train), ("valid", valid)):
        place.path(kind).write_bytes(content)
        facts = CorpusFacts(words=len(content), lines=1, unknown=0, ids=len(content))
        kinds.append(Ids(facts, sha256(place.path(kind))))
    done = Done(number, *kinds)
    place.mark(done)
    return done


def test_the_ids_of_all_parts_are_joined_in_order_and_their_counts_added(folder):
    done = [encoded(folder, n, bytes([2, 3, n % 2 + 2, 1])) for n in range(3)]
    done.append(encoded(folder, 3, bytes([4, 1]), bytes([2, 1])))
    found = finish(folder, REQUEST, done, size=50, notices=["one", "two", "one"])
    assert (folder / TRAIN).read_bytes() == bytes([2, 3, 2, 1, 2, 3, 3, 1, 2, 3, 2, 1, 4, 1])
    assert (folder / VALID).read_bytes() == bytes([2, 1])
    assert (found.train.words, found.train.lines, found.valid.ids) == (14, 4, 2)
    assert found.notices == ("one", "two")
    assert open_prepared(folder).notices == ("one", "two")
    assert not (folder / PARTS).exists()


def test_the_checksums_are_those_of_the_files(folder):
    finish(folder, REQUEST, [encoded(folder, 0, bytes([2, 1]), bytes([3, 1]))], size=9, notices=[])
    content = json.loads((folder / PREPARED).read_text())
    assert content["request"] == REQUEST
    assert set(content["files"]) == {TRAIN, VALID, TOKENIZER, FACTS}
    for name, digest in content["files"].items():
        assert sha256(folder / name) == digest


def test_the_key_follows_the_ids_and_not_the_folder(folder):
    keys = []
    for content in (bytes([2, 1]), bytes([2, 1]), bytes([3, 1])):
        (folder / PARTS).mkdir(exist_ok=True)
        finish(folder, REQUEST, [encoded(folder, 0, content, bytes([3, 1]))], size=9, notices=[])
        keys.append(open_prepared(folder).key)
    assert keys[0] == keys[1] != keys[2]


def test_a_validation_text_of_its_own_is_not_held_out(folder):
    request = {"sources": [*REQUEST["sources"], {"name": "v.txt", "is_valid": True}]}
    done = [encoded(folder, 0, bytes([2, 1])), encoded(folder, 1, b"", bytes([3, 1]))]
    finish(folder, request, done, size=9, notices=[])
    assert not open_prepared(folder).is_held_out


def test_many_remarks_are_counted(folder):
    done = [encoded(folder, 0, bytes([2, 1]), bytes([3, 1]))]
    found = finish(folder, REQUEST, done, size=9, notices=[f"remark {n}" for n in range(30)])
    assert found.notices[-1] == "22 more remarks of this kind"
    assert len(found.notices) == 9


@pytest.mark.parametrize("act", ["change", "remove"])
def test_a_part_that_is_not_what_was_written_leaves_all_as_it_was(folder, act):
    done = [encoded(folder, n, bytes([2, 1]), bytes([3, 1])) for n in range(2)]
    path = PartPlace(folder, 1).path("valid")
    if act == "remove":
        path.unlink()
    else:
        path.write_bytes(bytes([2, 1]))
    with pytest.raises(DataError, match=r"00001\.valid is (damaged|gone); delete the files 00001"):
        finish(folder, REQUEST, done, size=9, notices=[])
    assert not (folder / VALID).exists()
    assert not (folder / FACTS).exists()
    assert PartPlace(folder, 0).done() == done[0]
