import gzip
import json
import os
import pickle
import shutil

import pytest

from lmkit.core.errors import DataError
from lmkit.data.sources.folder import Folder
from lmkit.data.sources.source import SourceConfig


def source(path):
    return Folder(str(path), SourceConfig())


@pytest.fixture
def folder(tmp_path):
    there = tmp_path / "texts"
    (there / "b").mkdir(parents=True)
    (there / "b" / "z.txt").write_text("third\n")
    (there / "c.md").write_text("fourth\nfifth")
    (there / "a.txt").write_text("first\n")
    (there / "b" / "a").write_bytes(b"caf\xe9 second\n")
    (there / ".hidden").write_text("never\n")
    (there / ".git").mkdir()
    (there / ".git" / "x.txt").write_text("never\n")
    return there


def test_files_are_read_in_the_order_of_their_names(folder):
    files = source(folder)
    expected = ["first", "café second", "third", "fourth", "fifth"]
    assert list(files.lines()) == list(files.lines()) == expected
    assert files.notices == [f"{folder / 'b' / 'a'} is not UTF-8; it was read as cp1252"]


def test_what_is_no_text_is_passed_over_with_a_notice(folder):
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n" + bytes(range(256)))
    (folder / "rows.jsonl").write_text(json.dumps({"body": "x"}) + "\n")
    files = source(folder)
    assert len(list(files.lines())) == 5
    passed = [notice for notice in files.notices if notice.startswith("skipped: ")]
    assert len(passed) == 2
    assert "photo.png is a picture; give a text" in passed[0]
    assert "no column 'text'" in passed[1]


def test_a_damaged_file_is_passed_over_with_a_notice(folder):
    packed = gzip.compress(b"lost words\n" * 1000)
    (folder / "broken.gz").write_bytes(packed[:-10])
    (folder / "rows.csv").mkdir()
    (folder / "rows.csv" / "x.jsonl").write_text('{"text": \n' * 3)
    files = source(folder)
    assert files.fingerprint()
    assert len(list(files.lines())) == 5
    passed = [notice for notice in files.notices if notice.startswith("skipped: ")]
    assert "broken.gz is damaged" in passed[0]
    assert "cannot read" in passed[1]


@pytest.mark.parametrize("files", [["config.json", "manifest.json"], ["training/run.json"]])
def test_a_model_that_lies_among_the_texts_is_not_read(folder, files):
    before = source(folder).fingerprint()
    for name in (*files, "README.md", "sub/card.txt"):
        (folder / "model" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "model" / name).write_text("{}")
    found = source(folder)
    assert len(list(found.lines())) == 5
    assert found.notices[0] == f"skipped: {folder / 'model'} is a model of lmkit"
    assert found.fingerprint() == before


def test_many_remarks_are_made_short(folder):
    for number in range(30):
        (folder / f"photo{number:02}.png").write_bytes(b"\x89PNG\r\n" + bytes(range(256)))
    files = source(folder)
    list(files.lines())
    assert len(files.notices) == 9
    assert "photo" in files.notices[-2]
    assert files.notices[-1] == "23 more files have a remark of this kind"


def test_tables_in_a_folder_are_read_as_tables(folder):
    (folder / "rows.jsonl").write_text(json.dumps({"text": "sixth"}) + "\n")
    assert list(source(folder).lines())[-1] == "sixth"


def test_a_folder_without_text_is_refused_with_the_reason(tmp_path):
    with pytest.raises(DataError, match="holds no text; give one with text files in it"):
        list(source(tmp_path).lines())
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(DataError, match=r"holds no text: .*a\.pdf is a PDF.* \(and 1 more files\)"):
        list(source(tmp_path).lines())


def test_a_column_can_be_named_for_the_tables_of_a_folder(tmp_path):
    (tmp_path / "x.csv").write_text("id,body\n1,we went home\n2,she slept\n")
    (tmp_path / "y.jsonl").write_text(json.dumps({"body": "and then"}) + "\n")
    with pytest.raises(DataError, match=r"x\.csv has no column 'text'; choose one with --column"):
        list(source(tmp_path).lines())
    named = Folder(str(tmp_path), SourceConfig(column="body"))
    assert list(named.lines()) == ["we went home", "she slept", "and then"]
    assert named.notices == []


def test_late_damage_costs_what_is_damaged_alone(tmp_path):
    rows = [json.dumps({"text": f"text {number}"}) for number in range(2000)]
    rows[1900:] = ["{oops"] * 5
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    (tmp_path / "b.jsonl").write_text("\n".join([*rows[:90], *["{oops"] * 90]))
    (tmp_path / "c.txt").write_text("the end\n")
    files = source(tmp_path)
    lines = list(files.lines())
    assert len(lines) == 1900 + 90 + 1
    assert lines[-1] == "the end"
    passed, partly = files.notices
    assert "a.jsonl: 5 of 1,905 rows cannot be read" in passed
    assert partly.startswith("read in part: cannot read")


def test_the_fingerprint_is_of_names_and_content_not_of_the_place(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    assert source(folder).fingerprint() == source(tmp_path / "copy").fingerprint()
    (folder / "a.txt").rename(folder / "d.txt")
    assert source(folder).fingerprint() != source(tmp_path / "copy").fingerprint()


def test_names_that_are_no_utf_8_are_read(folder):
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("sixth\n")
    (folder / os.fsdecode(b"caf\xea.png")).write_bytes(b"\x89PNG")
    files = source(folder)
    assert list(files.lines())[-1] == "sixth"
    assert all(notice.encode() for notice in files.notices)
    assert files.fingerprint()


@pytest.mark.parametrize("count", [1, 2, 4, 50])
def test_the_parts_of_a_folder_are_its_lines(folder, count):
    (folder / "large.txt").write_text("".join(f"line {number}\n" for number in range(40_000)))
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n" + bytes(range(256)))
    (folder / "rows.csv").write_text("text,n\na,1\nb,2\n")
    whole = source(folder)
    parts = whole.shards(count)
    assert 1 <= len(parts) <= count
    assert count == 1 or len(parts) > 1
    lines = [line for part in pickle.loads(pickle.dumps(parts)) for line in part.lines()]  # noqa: S301  # our own bytes
    assert lines == list(whole.lines())


def test_a_part_says_what_it_passed_over(folder):
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n" + bytes(range(256)))
    said = []
    for part in source(folder).shards(3):
        assert part.notices == []
        list(part.lines())
        said += part.notices
    assert sum("photo.png is a picture" in notice for notice in said) == 1


def test_an_empty_folder_is_one_part(tmp_path):
    assert len(source(tmp_path).shards(4)) == 1
