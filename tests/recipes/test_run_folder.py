"""The folder of a run: what may be written, who may write, and what stays."""

import json
import os
import sys

import pytest

from lmkit.core.errors import LmkitError, ModelError, UsageError
from lmkit.recipes.run_folder import begin, check_out, claimed, last_saved, settings_of


def test_a_new_name_is_taken_and_nothing_is_left_behind(tmp_path):
    check_out(tmp_path / "a" / "model", resume=False, force=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_somebody_else_is_no_place_for_a_model_even_with_force(tmp_path, force):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"no model of lmkit.*an empty or a new folder"):
        check_out(tmp_path, resume=False, force=force)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_folder_with_a_run_in_it_needs_force(tmp_path):
    begin(tmp_path, {"seed": 1})
    with pytest.raises(UsageError, match="--resume, replace it with --force"):
        check_out(tmp_path, resume=False, force=False)
    check_out(tmp_path, resume=False, force=True)


def test_the_mount_point_of_a_new_disk_is_empty(tmp_path):
    (tmp_path / "lost+found").mkdir()
    check_out(tmp_path, resume=False, force=False)


@pytest.mark.parametrize("name", [".gitkeep", ".DS_Store", "Thumbs.db", "desktop.ini"])
def test_a_folder_with_what_systems_leave_is_empty(tmp_path, name):
    (tmp_path / name).write_text("theirs", encoding="utf-8")
    check_out(tmp_path, resume=False, force=False)
    assert (tmp_path / name).read_text(encoding="utf-8") == "theirs"


def test_a_link_that_leads_nowhere_is_told(tmp_path):
    (tmp_path / "model").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match=r"is a link to .*gone, which does not exist"):
        check_out(tmp_path / "model", resume=False, force=False)


def test_resume_and_force_exclude_each_other(tmp_path):
    with pytest.raises(UsageError, match="give one of them"):
        check_out(tmp_path, resume=True, force=True)


def test_there_must_be_a_run_to_resume(tmp_path):
    with pytest.raises(ModelError, match="nothing to resume"):
        check_out(tmp_path, resume=True, force=False)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "model").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file"):
        check_out(tmp_path / "model", resume=False, force=False)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(LmkitError, match="cannot write"):
        check_out(tmp_path / "model", resume=False, force=False)


def test_settings_come_back_as_they_were(tmp_path):
    settings = {"seed": 3, "config": {"model": {"hidden": 8}}}
    begin(tmp_path / "model", settings)
    assert settings_of(tmp_path / "model") == settings


def test_beginning_anew_removes_the_files_of_a_run_and_no_others(tmp_path):
    folder = begin(tmp_path, {"seed": 1})
    (folder / "metrics.jsonl").write_text("{}\n", encoding="utf-8")
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    begin(tmp_path, {"seed": 2})
    assert not (folder / "metrics.jsonl").exists()
    assert (folder / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert json.loads((folder / "run.json").read_text(encoding="utf-8")) == {"seed": 2}


def test_a_folder_that_the_run_made_and_left_empty_is_removed(tmp_path):
    with claimed(tmp_path / "model"):
        assert (tmp_path / "model").is_dir()
    assert not (tmp_path / "model").exists()


def test_a_folder_that_was_there_stays_though_it_is_empty(tmp_path):
    with claimed(tmp_path):
        pass
    assert tmp_path.is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not locked there")
def test_a_second_run_is_kept_out_and_let_in_afterwards(tmp_path):
    refused = pytest.raises(LmkitError, match="another training")
    with claimed(tmp_path), refused, claimed(tmp_path):
        pass
    with claimed(tmp_path):
        pass


def test_the_newest_checkpoint_of_a_run_says_when_it_was_saved(tmp_path):
    assert last_saved(tmp_path / "none", launch=None) == 0
    folder = begin(tmp_path, {"launch": "job"})
    os.utime(folder / "run.json", ns=(1, 5))
    assert last_saved(tmp_path, launch="job") == 5
    for number, name in enumerate(("forward", "backward"), start=7):
        (folder / name).mkdir()
        (folder / name / "checkpoint.safetensors").write_bytes(b"")
        os.utime(folder / name / "checkpoint.safetensors", ns=(1, number))
    assert last_saved(tmp_path, launch="job") == 8
    assert last_saved(tmp_path, launch=None) == 8
    assert last_saved(tmp_path, launch="another job") == 0
