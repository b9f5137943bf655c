"""Checksums are checked, names stay inside the folder, and a replacement under way is seen."""

import hashlib
import json

import pytest

from lmkit.archive.manifest import (
    MANIFEST,
    PENDING,
    is_plain,
    place_of,
    read_json,
    read_manifest,
    unchanged,
    verify_files,
)
from lmkit.core.errors import ModelError

PARTIAL = ".lmkit-0123456789abcdef.partial"


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def folder(tmp_path):
    for name, data in (("a", b"1"), ("README.md", b"card")):
        (tmp_path / name).write_bytes(data)
    write(tmp_path, MANIFEST, {"files": {"a": digest(b"1"), "README.md": digest(b"card")}})
    return tmp_path


def write(folder, name, value):
    (folder / name).write_text(json.dumps(value), encoding="utf-8")


def test_every_file_is_checked(folder):
    assert verify_files(folder) == {"a": folder / "a", "README.md": folder / "README.md"}
    (folder / "a").write_bytes(b"2")
    with pytest.raises(ModelError, match="a has a wrong checksum"):
        verify_files(folder)
    (folder / "a").unlink()
    with pytest.raises(ModelError, match="a is missing"):
        verify_files(folder)


def test_a_link_is_no_file_of_a_model(folder):
    (folder / "b").write_bytes(b"1")
    (folder / "a").unlink()
    (folder / "a").symlink_to(folder / "b")
    with pytest.raises(ModelError, match="missing"):
        verify_files(folder)


def test_a_required_file_must_be_listed(folder):
    with pytest.raises(ModelError, match=r"does not list config\.json"):
        verify_files(folder, required=("config.json",))


def test_the_card_may_be_edited_or_taken_away(folder):
    for edit in (lambda card: card.write_bytes(b"edited"), lambda card: card.unlink()):
        edit(folder / "README.md")
        assert verify_files(folder, unchecked=("README.md",)) == {"a": folder / "a"}


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/b", "..", ".", "", "a\\b", "C:x", "a\0"]
)
def test_a_name_of_another_place_is_refused(folder, name):
    assert not is_plain(name)
    write(folder, MANIFEST, {"files": {name: "0" * 64}})
    with pytest.raises(ModelError, match="damaged"):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 3}', '{"files": {"a": 1}}', "[" * 9999])
def test_a_malformed_manifest_is_refused(folder, text):
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="damaged"):
        read_manifest(folder)
    assert place_of(folder, "a") == folder / "a"


def test_a_pending_manifest_says_where_files_lie(folder):
    (folder / PARTIAL).write_bytes(b"3")
    pending = {"files": {"a": digest(b"3")}, "partial": {"a": PARTIAL}, "obsolete": ["README.md"]}
    write(folder, PENDING, pending)
    assert read_manifest(folder).obsolete == ("README.md",)
    assert verify_files(folder) == {"a": folder / PARTIAL}
    assert place_of(folder, "a") == folder / PARTIAL
    (folder / PARTIAL).replace(folder / "a")
    assert verify_files(folder) == {"a": folder / "a"}


@pytest.mark.parametrize(
    "more",
    [
        {"partial": {"a": "../evil"}},
        {"partial": {"a": "notes.txt"}},
        {"partial": {"../a": PARTIAL}},
        {"partial": ["a"]},
        {"obsolete": ["../notes.txt"]},
        {"obsolete": "notes.txt"},
        {"obsolete": [3]},
    ],
)
def test_a_pending_manifest_that_points_elsewhere_is_refused(folder, more):
    write(folder, PENDING, {"files": {"a": digest(b"1")}, **more})
    with pytest.raises(ModelError, match="damaged"):
        read_manifest(folder)


def test_a_model_replaced_while_it_is_read_is_refused(folder):
    with pytest.raises(ModelError, match="being replaced"), unchanged(folder):
        write(folder, PENDING, {"files": {}})


def test_a_failure_of_a_reader_whose_model_was_replaced_is_no_damage(folder):
    def read():
        with unchanged(folder):
            (folder / MANIFEST).unlink()
            raise ModelError("weights do not fit")

    with pytest.raises(ModelError, match="being replaced"):
        read()


def test_what_is_wrong_with_an_unchanged_model_is_told_as_it_is(folder):
    with pytest.raises(ModelError, match="weights do not fit"), unchanged(folder):
        raise ModelError("weights do not fit")
    with unchanged(folder):
        pass


def test_json_of_impossible_size_is_not_read(folder, monkeypatch):
    monkeypatch.setattr("lmkit.archive.manifest.JSON_LIMIT", 3)
    with pytest.raises(ModelError, match="larger than lmkit writes"):
        read_json(folder / MANIFEST)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ModelError, match="cannot read"):
        read_json(tmp_path / "none.json")
