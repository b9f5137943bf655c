"""Private files: their folder, with and without a home, and their permissions."""

import logging
import os
import stat
from pathlib import Path

import pytest

from lmkit.core import private_files
from lmkit.core.private_files import make_own, state_folder


@pytest.fixture(autouse=True)
def fresh() -> None:
    private_files._temporary_state.cache_clear()


def test_the_folder_named_by_the_environment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "lmkit"


def test_a_relative_name_is_ignored_as_the_standard_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "somewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "lmkit"


def test_without_a_home_there_is_one_temporary_folder_and_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def homeless(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    with caplog.at_level(logging.WARNING):
        first, second = state_folder(), state_folder()
    assert first == second
    assert first.is_dir()
    assert len(caplog.records) == 1
    assert "no home folder" in caplog.text
    first.rmdir()


@pytest.mark.skipif(os.name == "nt", reason="permissions are others there")
def test_a_private_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "a" / "typed.txt"
    make_own(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) & 0o077 == 0


@pytest.mark.skipif(os.name == "nt", reason="permissions are others there")
def test_a_file_that_is_there_keeps_its_text_and_loses_its_readers(tmp_path: Path) -> None:
    file = tmp_path / "typed.txt"
    file.write_text("mine\n", encoding="utf-8")
    file.chmod(0o644)
    make_own(file)
    assert file.read_text(encoding="utf-8") == "mine\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
