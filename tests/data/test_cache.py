from pathlib import Path

from lmkit.data.cache import default_cache, writable_folder


def test_the_cache_is_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "lmkit"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert default_cache() == Path.home() / ".cache" / "lmkit"


def test_a_folder_that_can_be_written_is_taken(tmp_path):
    assert writable_folder(tmp_path / "a" / "b") == (tmp_path / "a" / "b", True)
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_replaced(tmp_path):
    (tmp_path / "file").touch()
    folder, is_wanted = writable_folder(tmp_path / "file" / "cache")
    assert not is_wanted
    assert folder.is_dir()
