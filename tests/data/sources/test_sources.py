import os

import pytest

from lmkit.core.errors import DataError
from lmkit.data.sources import BUNDLED, SOURCES, SourceConfig, open_source
from lmkit.data.sources.folder import Folder
from lmkit.data.sources.hub import HubSet
from lmkit.data.sources.table import TableFile
from lmkit.data.sources.text_file import StandardInput, TextFile


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", TextFile),
        ("README", TextFile),
        ("a.csv", TableFile),
        ("a.tab.bz2", TableFile),
        ("a.json", TableFile),
        ("a.parquet", TableFile),
    ],
)
def test_the_kind_is_known_by_the_name(tmp_path, name, kind):
    (tmp_path / name).write_text("text\nx\n")
    assert type(open_source(str(tmp_path / name))) is kind


def test_what_is_no_file(tmp_path):
    assert type(open_source(str(tmp_path))) is Folder
    assert type(open_source("-")) is StandardInput
    assert type(open_source("hf:owner/name")) is HubSet


@pytest.mark.slow
def test_every_kind_has_a_name_and_bundled_texts_have_words():
    assert set(BUNDLED) < set(SOURCES.names())
    for name in BUNDLED:
        source = open_source(name, SourceConfig(seed=1))
        assert source.name == name
        assert len(next(source.lines()).split()) > 1


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("nowels.txt", "did you mean .*novels.txt"),
        ("nothing-like-it", "give a text file, a folder"),
        ("missing/folder/a", "give a text file"),
        ("pydoc", "bundled text 'pydocs'"),
    ],
)
def test_a_missing_file_is_refused_with_a_hint(tmp_path, monkeypatch, spec, hint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "novels.txt").write_text("x")
    with pytest.raises(DataError, match=f"no file or folder '{spec}'.*{hint}"):
        open_source(spec)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a.txt").touch()
    with pytest.raises(DataError, match="is empty"):
        open_source(str(tmp_path / "a.txt"))
    with pytest.raises(DataError, match="cannot be the name"):
        open_source("a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "a.txt").chmod(0)
    with pytest.raises(DataError, match="permission denied"):
        open_source(str(tmp_path / "a.txt"))


def test_a_name_that_is_no_utf_8_can_be_asked_for_and_missed(tmp_path):
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text("a\n")
    assert list(open_source(str(tmp_path / name)).lines()) == ["a"]
    for missing in (name.replace("f", "v"), os.fsdecode(b"\xff")):
        with pytest.raises(DataError, match="no file or folder") as told:
            open_source(str(tmp_path / missing))
        assert str(told.value).encode()


def test_the_column_is_handed_on(tmp_path):
    (tmp_path / "a.csv").write_text("id,body\n1,x\n")
    assert list(open_source(str(tmp_path / "a.csv"), SourceConfig(column="body")).lines()) == ["x"]


@pytest.mark.parametrize("spec", ["", " "])
def test_an_empty_name_is_not_the_current_folder(spec):
    with pytest.raises(DataError, match="empty name"):
        open_source(spec)
