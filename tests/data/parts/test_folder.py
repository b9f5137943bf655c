"""The folder of a preparation: refused, made and emptied."""

import pytest

from lmkit.core.errors import LmkitError, UsageError
from lmkit.data.parts.folder import check_folder, make_folder, remove_preparation
from lmkit.data.parts.layout import PARTS
from lmkit.data.parts.parts_plan import PreparationRequest
from lmkit.data.prepared_text import PREPARED


def request(out, **more):
    return PreparationRequest(sources=("text.txt",), out=out, **more)


def test_a_new_folder_and_an_empty_one_hold_nothing_yet(tmp_path):
    assert check_folder(request(tmp_path / "new")) is None
    assert check_folder(request(tmp_path)) is None


def test_a_file_and_a_folder_of_others_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file"):
        check_folder(request(tmp_path / "notes.txt"))
    with pytest.raises(UsageError, match="holds files and no prepared text"):
        check_folder(request(tmp_path))
    with pytest.raises(UsageError, match="holds files and no prepared text"):
        check_folder(request(tmp_path, force=True))
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(LmkitError, match="cannot write"):
        make_folder(tmp_path / "file" / "out")
    make_folder(tmp_path / "out")
    make_folder(tmp_path / "out")
    assert (tmp_path / "out" / PARTS).is_dir()


def test_only_files_of_a_preparation_are_removed(tmp_path):
    make_folder(tmp_path)
    remove_preparation(tmp_path)  # none was begun: nothing is touched
    assert (tmp_path / PARTS).is_dir()
    (tmp_path / PREPARED).write_text("{}", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    remove_preparation(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
