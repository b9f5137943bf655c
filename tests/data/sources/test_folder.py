import gzip
import json
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
    passed = [notice for notice in files.notices if notice.startswith("passed over: ")]
    assert len(passed) == 2
    assert "photo.png is not text" in passed[0]
    assert "no column 'text'" in passed[1]


def test_a_damaged_file_is_passed_over_with_a_notice(folder):
    packed = gzip.compress(b"lost words\n" * 1000)
    (folder / "broken.gz").write_bytes(packed[:-10])
    (folder / "rows.csv").mkdir()
    (folder / "rows.csv" / "x.jsonl").write_text('{"text": \n')
    files = source(folder)
    assert files.fingerprint()
    assert len(list(files.lines())) == 5
    passed = [notice for notice in files.notices if notice.startswith("passed over: ")]
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
    assert found.notices[0] == f"passed over: {folder / 'model'} is a model of lmkit"
    assert found.fingerprint() == before


def test_many_remarks_are_made_short(folder):
    for number in range(30):
        (folder / f"photo{number:02}.png").write_bytes(b"\x89PNG\r\n" + bytes(range(256)))
    files = source(folder)
    list(files.lines())
    assert len(files.notices) == 9
    assert "photo" in files.notices[-2]
    assert files.notices[-1] == "23 more files were passed over or are not UTF-8"


def test_tables_in_a_folder_are_read_as_tables(folder):
    (folder / "rows.jsonl").write_text(json.dumps({"text": "sixth"}) + "\n")
    assert list(source(folder).lines())[-1] == "sixth"


def test_a_folder_without_text_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no text"):
        list(source(tmp_path).lines())
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(DataError, match="holds no text"):
        list(source(tmp_path).lines())


def test_the_fingerprint_is_of_names_and_content_not_of_the_place(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    assert source(folder).fingerprint() == source(tmp_path / "copy").fingerprint()
    (folder / "a.txt").rename(folder / "d.txt")
    assert source(folder).fingerprint() != source(tmp_path / "copy").fingerprint()
