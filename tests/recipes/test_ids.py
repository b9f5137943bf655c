from pathlib import Path

import pytest

from lmkit.core.errors import DataError, UsageError
from lmkit.data.parts.parts_plan import PreparationRequest
from lmkit.data.parts.prepare import prepare_parts
from lmkit.data.sources import open_source
from lmkit.recipes.ids import read_ids
from lmkit.recipes.request import TrainRequest
from lmkit.recipes.resolve import resolve


@pytest.fixture
def ids(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text = tmp_path / "my.txt"
    text.write_text("the cat sat on the mat\n" * 30)
    (tmp_path / "valid.txt").write_text("the zebra sat\n")
    list(prepare_parts(PreparationRequest(sources=(str(text),), out=tmp_path / "ids")))
    return tmp_path / "ids"


def read(ids, *others, valid=None, **options):
    sources = (str(ids), *map(str, others))
    request = TrainRequest(sources=sources, out=ids.parent / "model", **options)
    opened = [open_source(source) for source in sources]
    return read_ids(resolve(request), opened, open_source(str(valid)) if valid else None)


def test_the_ids_are_taken_as_they_are(ids):
    text = read(ids)
    assert text.folder == Path(ids)
    assert text.is_held_out


def test_settings_that_the_ids_have_may_be_repeated(ids):
    assert read(ids, unit="word", settings=("lowercase=false", "vocab_size=65000")).folder == ids


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "char"}, "was prepared with unit = word, not char"),
        ({"settings": ("vocab_size=10",)}, "was prepared with vocab_size = 65000, not 10"),
        ({"settings": ("straight_quotes=false",)}, "straight_quotes = True, not False"),
    ],
)
def test_settings_of_other_ids_are_refused(ids, options, message):
    with pytest.raises(UsageError, match=message):
        read(ids, **options)


def test_ids_are_trained_on_alone(ids):
    with pytest.raises(UsageError, match="cannot be mixed with other texts"):
        read(ids, ids)
    with pytest.raises(UsageError, match="cannot be mixed with other texts"):
        read(ids, ids.parent / "my.txt")


def test_a_text_to_measure_on_is_read_with_their_vocabulary(ids):
    text = read(ids, valid=ids.parent / "valid.txt")
    assert not text.is_held_out
    assert text.valid.unknown == 1
    assert text.valid.words == 4
    assert len(text.train.ids) == len(read(ids).train.ids)
    assert read(ids, valid=ids.parent / "valid.txt").key == text.key != read(ids).key


def test_ids_to_measure_on_are_refused(ids):
    with pytest.raises(UsageError, match="the validation text must be a text"):
        read(ids, valid=ids)


def test_damaged_ids_are_refused(ids):
    (ids / "valid.bin").write_bytes(b"")
    with pytest.raises(DataError, match=r"valid\.bin is not what was written"):
        read(ids)
