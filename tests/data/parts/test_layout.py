import pytest

from lmkit.core.errors import DataError
from lmkit.data.corpus import CorpusFacts, Mark
from lmkit.data.parts.layout import (
    PARTS,
    Counted,
    Done,
    Ids,
    PartPlace,
    remove_partial,
    remove_parts,
)

COUNTED = Counted(7, (Mark(0, 0, 0), Mark(50, 3, 12)), "abc", 2, ("read as cp1252",))
DONE = Done(
    7,
    Ids(CorpusFacts(words=9, lines=2, unknown=1, ids=10), "d1"),
    Ids(CorpusFacts(words=0, lines=0, unknown=0, ids=0), "d2"),
)


@pytest.fixture
def place(tmp_path):
    (tmp_path / PARTS).mkdir()
    return PartPlace(tmp_path, 7)


def test_a_marker_is_read_as_it_was_written(place):
    assert place.counted() is None
    assert place.done() is None
    place.mark(COUNTED)
    place.mark(DONE)
    assert place.counted() == COUNTED
    assert place.done() == DONE
    assert COUNTED.total == Mark(50, 3, 12)


def test_the_files_of_a_part_have_its_number(place):
    assert place.path("text").name == "00007.text"
    assert [run.name for run in place.runs(2)] == ["00007.counts-0", "00007.counts-1"]
    assert PartPlace(place.folder, 1_234_567).path("train").name == "1234567.train"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"number": 7', '"number": 8'),
        ('"marks": [[0, 0, 0], [50, 3, 12]]', '"marks": [[0, 0, 0]]'),
        ('"marks": [[0, 0, 0], [50, 3, 12]]', '"marks": [[0, 0], [50, 3]]'),
        ('"runs": 2', '"runs": "many"'),
        ('"notices"', '"remarks"'),
    ],
)
def test_a_marker_of_a_counted_part_that_was_changed_is_refused(place, old, new):
    place.mark(COUNTED)
    path = place.path("counted.json")
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))
    with pytest.raises(DataError, match=r"00007\.counted\.json is damaged; delete it"):
        place.counted()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"number": 7', '"number": 8'),
        ('"words": 9', '"words": -9'),
        ('"words": 9', '"words": "9"'),
        ('"words": 9', '"words": true'),
        ('"words": 9', '"nouns": 9'),
        ('"valid"', '"test"'),
    ],
)
def test_a_marker_of_an_encoded_part_that_was_changed_is_refused(place, old, new):
    place.mark(DONE)
    path = place.path("done.json")
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))
    with pytest.raises(DataError, match=r"00007\.done\.json is damaged; delete it"):
        place.done()


def test_what_a_killed_process_left_is_removed_for_its_own_parts_alone(place):
    parts = place.folder / PARTS
    for name in (".00007.text.x1_y", ".00008.train.zz", ".00007.txt.x1", "00007.text.d"):
        (parts / name).mkdir()
        (parts / name / "file").touch()
    remove_partial(place.folder, [7])
    left = sorted(path.name for path in parts.iterdir())
    assert left == [".00007.txt.x1", ".00008.train.zz", "00007.text.d"]


def test_only_files_of_ours_are_removed(place):
    place.mark(COUNTED)
    place.mark(DONE)
    for name in ("00007.text", "00007.train", "00007.counts-0", "00007.counts", "7.text"):
        place.path("text").with_name(name).touch()
    remove_parts(place.folder)
    left = sorted(path.name for path in (place.folder / PARTS).iterdir())
    assert left == ["00007.counts", "7.text"]


def test_an_empty_folder_of_parts_is_removed(place):
    place.mark(DONE)
    place.forget_text()
    remove_parts(place.folder)
    remove_parts(place.folder)
    assert list(place.folder.iterdir()) == []


def test_what_killed_processes_left_of_any_step_goes_with_the_parts(place):
    left = [place.folder / PARTS / name for name in (".tail-x1", ".end-x_", ".00007.text.ab")]
    left += [place.folder / name for name in (".train.bin.x1", ".tokenizer.json.a_b")]
    others = [place.folder / ".train", place.folder / ".tail-x1"]
    for path in (*left, *others):
        path.mkdir(parents=True)
        (path / "file").touch()
    remove_parts(place.folder)
    assert sorted(place.folder.iterdir()) == sorted(others)
