"""Writing file by file: one model is whole and files of others stay, whatever breaks."""

import errno
import json
import os
import re
from pathlib import Path

import pytest

from lmkit.archive import writing
from lmkit.archive.manifest import MANIFEST, PENDING, read_manifest, verify_files
from lmkit.archive.writing import finish, refuse_sources_inside, rehearse, write_folder
from lmkit.core.errors import Hint, LmkitError, ModelError, UsageError

OLD = {"model.safetensors": b"old weights", "config.json": b"{old}", "extra.safetensors": b"more"}
NEW = {"model.safetensors": b"new weights!", "config.json": b"{new}", "README.md": b"# new"}
NOTES = b"my own notes"


def writers(files):
    return {name: (lambda path, data=data: path.write_bytes(data)) for name, data in files.items()}


def content(folder):
    """Return what a reader gets: each file of the model, after it was checked."""
    return {name: path.read_bytes() for name, path in verify_files(folder).items()}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "model"
    write_folder(folder, writers(OLD))
    (folder / "notes.txt").write_bytes(NOTES)
    (folder / "training").mkdir()
    (folder / "training" / "checkpoint").write_bytes(b"state")
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".lmkit")]


def assert_strangers_are_there(folder):
    assert (folder / "notes.txt").read_bytes() == NOTES
    assert (folder / "training" / "checkpoint").read_bytes() == b"state"


def test_a_model_is_written_with_its_manifest(tmp_path):
    write_folder(tmp_path / "deep" / "model", writers(NEW))
    assert content(tmp_path / "deep" / "model") == NEW
    assert names(tmp_path / "deep" / "model") == sorted([*NEW, MANIFEST])


def test_a_new_model_replaces_the_old_and_leaves_the_rest(folder):
    write_folder(folder, writers(NEW))
    assert content(folder) == NEW
    assert not (folder / "extra.safetensors").exists()  # was the old model's
    assert_strangers_are_there(folder)
    assert not leftovers(folder)


def test_a_file_of_the_old_model_that_was_changed_since_is_kept(folder):
    (folder / "extra.safetensors").write_bytes(b"edited by hand")
    write_folder(folder, writers(NEW))
    assert (folder / "extra.safetensors").read_bytes() == b"edited by hand"


def test_a_card_that_its_owner_edited_is_kept_beside_the_new_one(tmp_path):
    write_folder(tmp_path, writers(NEW))
    (tmp_path / "README.md").write_bytes(b"# new, and my remarks")
    write_folder(tmp_path, writers({**NEW, "README.md": b"# newer"}))
    assert (tmp_path / "README.md").read_bytes() == b"# newer"
    assert (tmp_path / "README.md.kept").read_bytes() == b"# new, and my remarks"
    write_folder(tmp_path, writers(NEW))
    assert names(tmp_path) == sorted([*NEW, MANIFEST, "README.md.kept"])


def test_a_strangers_file_where_ours_goes_keeps_its_content_under_another_name(folder):
    (folder / "README.md").write_bytes(b"my page")
    (folder / "README.md.kept").write_bytes(b"an older page")
    write_folder(folder, writers(NEW))
    assert content(folder) == NEW
    assert (folder / "README.md.kept").read_bytes() == b"an older page"
    assert (folder / "README.md.kept-2").read_bytes() == b"my page"


class Killed(BaseException):
    """Stands for a process that ends at once: no handler of ours runs after it."""


OPERATIONS = ("replace", "unlink", "rename", "write_bytes", "mkdir")


@pytest.fixture
def count_down(monkeypatch):
    """Count file operations and break one of them: (operation number, exception) -> operations."""
    state = {"left": None, "seen": 0, "error": None, "is_dead": False}

    def counted(name, original):
        def run(self, *arguments, **options):
            if state["is_dead"]:  # after a kill, clean-up does not run either
                raise Killed
            state["seen"] += 1
            if state["left"] is not None:
                state["left"] -= 1
                if state["left"] < 0:
                    state["is_dead"] = state["error"] is Killed
                    if state["error"] is not Killed:
                        state["left"] = None
                    raise state["error"]
            return original(self, *arguments, **options)

        return run

    for name in OPERATIONS:
        monkeypatch.setattr(Path, name, counted(name, getattr(Path, name)))
    return state


def operations_of(folder, state):
    state.update(left=None, seen=0)
    write_folder(folder, writers(NEW))
    return state["seen"]


@pytest.mark.parametrize("first", [True, False], ids=["first", "again"])
def test_a_kill_between_any_two_file_operations_leaves_one_model_whole(tmp_path, count_down, first):
    def fresh(name):
        place = tmp_path / name
        place.mkdir()
        (place / "notes.txt").write_bytes(NOTES)
        if not first:
            write_folder(place, writers(OLD))
        return place

    total = operations_of(fresh("count"), count_down)
    assert total > 8
    seen = set()
    for step in range(total):
        place = fresh(str(step))
        count_down.update(left=step, error=Killed)
        with pytest.raises(Killed):
            write_folder(place, writers(NEW))
        count_down.update(left=None, is_dead=False)
        try:
            found = content(place)
        except ModelError:
            assert first  # there was no model yet, and there is none now
            found = {}
        assert found in (NEW, {} if first else OLD)
        seen.add(found.get("config.json"))
        assert (place / "notes.txt").read_bytes() == NOTES
        write_folder(place, writers(NEW))  # the next run goes through, and clears up
        assert content(place) == NEW
        assert not leftovers(place)
    assert seen == {b"{new}", None if first else b"{old}"}


def test_a_disk_that_is_full_at_any_write_leaves_one_model_whole(tmp_path, count_down):
    def fresh(name):
        place = tmp_path / name
        write_folder(place, writers(OLD))
        (place / "notes.txt").write_bytes(NOTES)
        return place

    total = operations_of(fresh("count"), count_down)
    refused = 0
    for step in range(total):
        place = fresh(str(step))
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count_down.update(left=step, error=full)
        try:
            write_folder(place, writers(NEW))
            expected = NEW  # past the point of no return: the rest is done the next time
        except LmkitError:
            expected, refused = OLD, refused + 1
        count_down.update(left=None)
        assert content(place) == expected
        assert (place / "notes.txt").read_bytes() == NOTES
    assert refused > len(NEW)


def test_a_writer_that_fails_takes_its_temporary_files_away(folder):
    def fails(path):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(LmkitError, match="No space left"):
        write_folder(folder, {**writers(NEW), "last": fails})
    assert content(folder) == OLD
    assert not leftovers(folder)


def test_what_a_killed_writer_left_is_cleared_away(folder):
    stale = folder / ".lmkit-0123456789abcdef.partial"
    stale.write_bytes(b"half")
    nested = folder / "..lmkit-0123456789abcdef.partial.x1"
    nested.mkdir()
    mine = folder / ".lmkit-mine"
    mine.write_bytes(b"a name like ours")
    write_folder(folder, writers(NEW))
    assert not stale.exists()
    assert not nested.exists()
    assert mine.is_file()


def test_a_replacement_cut_short_is_finished_later(folder, monkeypatch):
    monkeypatch.setattr(writing, "finish", lambda folder: None)
    write_folder(folder, writers(NEW))
    assert (folder / PENDING).is_file()
    assert content(folder) == NEW  # readers follow it
    assert (folder / "config.json").read_bytes() == OLD["config.json"]
    monkeypatch.undo()
    finish(folder)
    assert {name: (folder / name).read_bytes() for name in NEW} == NEW
    assert read_manifest(folder).partial == {}
    assert_strangers_are_there(folder)


def test_nothing_to_finish_changes_nothing(folder):
    before = names(folder)
    finish(folder)
    assert names(folder) == before


def test_the_current_folder_and_a_link_are_written_into(tmp_path, monkeypatch):
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    write_folder(tmp_path / "link", writers(OLD))
    assert (tmp_path / "link").is_symlink()
    assert content(real) == OLD
    monkeypatch.chdir(real)
    write_folder(Path(), writers(NEW))
    assert content(real) == NEW
    assert names(tmp_path) == ["link", "real"]


@pytest.mark.skipif(os.name == "nt", reason="names there are Unicode")
def test_a_folder_whose_name_is_no_utf_8_is_written(tmp_path):
    folder = tmp_path / os.fsdecode(b"mod\xe8le")
    rehearse(folder, NEW)
    write_folder(folder, writers(NEW))
    assert content(folder) == NEW


def test_a_rehearsal_leaves_everything_as_it_was(folder):
    before = names(folder)
    rehearse(folder, OLD)
    assert names(folder) == before
    assert content(folder) == OLD


def test_a_rehearsal_makes_the_folder(tmp_path):
    rehearse(tmp_path / "a" / "b", NEW)
    assert (tmp_path / "a" / "b").is_dir()
    assert not names(tmp_path / "a" / "b")


def test_a_rehearsal_refuses_a_disk_without_room(tmp_path):
    with pytest.raises(LmkitError, match="MB left") as caught:
        rehearse(tmp_path / "m", NEW, size=10**18)
    assert caught.value.hint is Hint.OTHER_FOLDER


@pytest.mark.parametrize("name", ["README.md", "config.json"])
def test_a_rehearsal_refuses_a_strangers_file_where_ours_will_go(tmp_path, name):
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(UsageError, match=re.escape(name)):
        rehearse(tmp_path, [*NEW, "config.json"])
    assert (tmp_path / name).read_bytes() == b"mine"


def test_a_rehearsal_refuses_a_folder_where_a_file_will_go(folder):
    (folder / "README.md").mkdir()
    with pytest.raises(UsageError, match="README"):
        rehearse(folder, NEW)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for act in (lambda place: rehearse(place, NEW), lambda place: write_folder(place, {})):
        with pytest.raises(LmkitError, match="cannot write"):
            act(tmp_path / "file" / "model")


@pytest.mark.parametrize("source", ["", "corpus.txt", "texts", "texts/deep.txt", "../m/corpus.txt"])
def test_a_text_inside_the_model_folder_is_refused(tmp_path, source):
    folder = tmp_path / "m"
    (folder / "texts").mkdir(parents=True)
    (folder / "corpus.txt").write_bytes(b"x")
    (folder / "texts" / "deep.txt").write_bytes(b"x")
    with pytest.raises(UsageError, match="inside the model folder"):
        refuse_sources_inside(folder, ["grammar", str(folder / source)])


def test_a_link_into_the_model_folder_is_seen_through(tmp_path):
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "corpus.txt").write_bytes(b"x")
    (tmp_path / "link.txt").symlink_to(folder / "corpus.txt")
    with pytest.raises(UsageError, match="inside"):
        refuse_sources_inside(folder, [str(tmp_path / "link.txt")])


def test_texts_elsewhere_and_names_are_no_matter(tmp_path):
    (tmp_path / "text.txt").write_bytes(b"x")
    names = ["-", "hf:owner/name", "grammar", "none\0such", str(tmp_path / "text.txt")]
    refuse_sources_inside(tmp_path / "m", names)


def test_the_manifest_is_the_last_to_come(folder):
    """A folder with a manifest is complete at every moment: the sums in it are of what is there."""
    write_folder(folder, writers(NEW))
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert sorted(manifest["files"]) == sorted(NEW)
