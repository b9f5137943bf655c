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


def test_a_user_without_a_home_has_no_cache_and_gets_a_place(monkeypatch):
    def no_home(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", no_home)
    assert default_cache() is None
    folder, is_wanted = writable_folder(None)
    assert not is_wanted
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_replaced(tmp_path):
    (tmp_path / "file").touch()
    folder, is_wanted = writable_folder(tmp_path / "file" / "cache")
    assert not is_wanted
    assert folder.is_dir()
