"""Files that are whole or not there, and names that are no UTF-8."""

import errno
import hashlib
import json
import os

import pytest

from lmkit.core import files
from lmkit.core.errors import LmkitError
from lmkit.core.files import (
    atomic_path,
    encoded,
    json_bytes,
    sha256,
    sync,
    utf8_path,
    write_text,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_checksum_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


def test_a_file_takes_its_place_when_the_block_ends_well(tmp_path):
    target = tmp_path / "deep" / "a.txt"
    with atomic_path(target) as path:
        assert path.suffix == ".txt"  # libraries choose the format by it
        path.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert names(target.parent) == ["a.txt"]


def test_a_block_that_fails_leaves_the_old_file(tmp_path):
    write_text(tmp_path / "a", "old")

    def fail():
        with atomic_path(tmp_path / "a") as path:
            path.write_text("half")
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_a_full_disk_is_told_in_a_sentence(tmp_path):
    def fail():
        with atomic_path(tmp_path / "a"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(LmkitError, match="No space left on device; nothing was changed"):
        fail()


def test_a_folder_is_swapped_for_the_new_one(tmp_path):
    for content in ("old", "new"):
        with atomic_path(tmp_path / "d") as path:
            path.mkdir()
            (path / "a").write_text(content)
    assert (tmp_path / "d" / "a").read_text() == "new"
    assert names(tmp_path) == ["d"]


def test_a_text_ends_its_lines_alike_everywhere(tmp_path):
    write_text(tmp_path / "a", "one\ntwo\n")
    assert (tmp_path / "a").read_bytes() == b"one\ntwo\n"


def test_json_is_readable_and_names_that_are_no_utf_8_come_back():
    name = os.fsdecode(b"t\xe9xte") if os.name != "nt" else "téxte"
    stored = json_bytes({"name": name, "letter": "ß"})
    assert "ß".encode() in stored
    assert json.loads(stored) == {"name": name, "letter": "ß"}
    assert encoded("ß") == "ß".encode()


def test_files_and_folders_are_forced_to_the_disk(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"1")
    sync(tmp_path / "a")
    sync(tmp_path)

    def refused(handle):
        raise OSError(errno.EINVAL, "no fsync here")

    monkeypatch.setattr(files.os, "fsync", refused)
    sync(tmp_path)  # some disks know none of folders
    with pytest.raises(OSError, match="fsync"):
        sync(tmp_path / "a")


@pytest.mark.skipif(os.name == "nt", reason="names there are Unicode")
def test_a_path_that_is_no_utf_8_is_given_as_one_that_is(tmp_path):
    odd = tmp_path / os.fsdecode(b"mod\xe8le")
    odd.write_bytes(b"weights")
    with utf8_path(odd) as readable:
        assert str(readable).encode()
        assert readable.read_bytes() == b"weights"
    assert not readable.exists()
    plain = tmp_path / "model"
    with utf8_path(plain) as readable:
        assert readable is plain
