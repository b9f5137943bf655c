import json
import os
from pathlib import Path

import pytest

from lmkit.core.errors import DataError
from lmkit.session import Settings
from lmkit.session.saved_file import read_saved, write_saved
from lmkit.session.settings import Saved


def test_what_is_written_is_read_again(tmp_path):
    saved = Saved(settings=Settings(folder="m", top=3), text="the cat", lines=("a dog",))
    write_saved(tmp_path / "kept.json", saved)
    assert read_saved(tmp_path / "kept.json") == saved


def test_a_file_that_is_not_there_is_said_in_words(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        read_saved(tmp_path / "none.json")


def test_a_new_file_is_written_and_written_again(session):
    for text in ("the cat", "a dog"):
        session.handle(text)
        assert session.handle("/save kept.json").kind == "said"
        assert json.loads(Path("kept.json").read_text())["text"] == text


@pytest.mark.parametrize(
    "content",
    [b"Call me Ishmael.\n", b"", b"{}", b"\xff\xfe", b'{"settings": {}, "text": "mine"}', b"[1]"],
)
def test_a_file_that_save_has_not_written_stays_as_it_is(session, content):
    novel = Path("novel.txt")
    novel.write_bytes(content)
    reply = session.handle("/save novel.txt")
    assert reply.kind == "error"
    assert "was not written by /save" in reply.message
    assert "/save --force novel.txt" in reply.message
    assert novel.read_bytes() == content


@pytest.mark.parametrize(
    "line", ["/save --force novel.txt", "/save novel.txt --force", '/save --force "novel.txt"']
)
def test_any_file_is_overwritten_by_force(session, line):
    Path("novel.txt").write_text("Call me Ishmael.")
    session.handle("the cat")
    assert session.handle(line).kind == "said"
    assert list(Path().glob("*--force*")) == list(Path().glob('"*')) == []
    assert session.handle("/load novel.txt").text == "the cat"


def test_a_place_that_no_file_can_have_is_refused_in_words(session):
    Path("folder").mkdir()
    Path("novel.txt").write_text("Call me Ishmael.")
    assert session.handle("/save folder").message == "folder is a folder; name a file"
    for line in ("/save novel.txt/x", "/save --force folder"):
        reply = session.handle(line)
        assert reply.kind == "error"
        assert "cannot write" in reply.message
    assert Path("folder").is_dir()


def test_folders_on_the_way_to_the_file_are_made(session):
    assert session.handle("/save a/b/kept.json").kind == "said"
    assert Path("a/b/kept.json").is_file()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_what_a_link_leads_to_is_not_overwritten(session):
    Path("novel.txt").write_text("Call me Ishmael.")
    Path("link").symlink_to("novel.txt")
    Path("broken").symlink_to("nowhere")
    assert session.handle("/save link").kind == "error"
    assert session.handle("/save broken").kind == "error"
    assert Path("novel.txt").read_text() == "Call me Ishmael."


@pytest.mark.parametrize(
    "saved", ["", "{}", "[]", '{"settings": {"top": "x"}, "text": ""}', '{"settings": 1}']
)
def test_a_file_that_is_no_session_is_refused(session, saved):
    Path("bad.json").write_text(saved)
    assert session.handle("/load bad.json").kind == "error"


def test_quotes_around_the_name_of_a_file_are_no_part_of_it(session):
    session.handle("the cat")
    assert session.handle('/save "my notes.json"').kind == "said"
    assert Path("my notes.json").is_file()
    assert session.handle("/load 'my notes.json'").text == "the cat"
    Path("novel.txt").write_text("Call me Ishmael.")
    assert "was not written by /save" in session.handle("/save 'novel.txt'").message


@pytest.mark.parametrize("command", ["/save", "/load"])
def test_a_home_folder_that_is_not_there_is_said_in_words(session, monkeypatch, command):
    reply = session.handle(f"{command} ~nobody-of-this-name/a.json")
    assert (reply.kind, "there is no home folder for" in reply.message) == ("error", True)
    monkeypatch.setenv("HOME", "")
    assert "no home folder" in session.handle(f"{command} ~/a.json").message
