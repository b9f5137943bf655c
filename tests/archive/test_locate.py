"""A model is named by its folder, or by the name it is bundled under."""

from pathlib import Path

import pytest

from lmkit.archive.locate import bundled_models, is_bundled, locate_model


@pytest.fixture
def shelf(tmp_path):
    for name in ("english", "danish"):
        (tmp_path / "shelf" / name).mkdir(parents=True)
    return tmp_path / "shelf"


def test_a_bundled_name_is_found(shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert bundled_models(shelf) == ("danish", "english")
    assert is_bundled("english", shelf)
    assert locate_model("english", shelf) == shelf / "english"


def test_a_folder_of_that_name_wins(shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "english").mkdir()
    assert not is_bundled("english", shelf)
    assert locate_model("english", shelf) == Path("english")


def test_any_other_path_comes_back(shelf, tmp_path):
    assert locate_model(tmp_path / "none", shelf) == tmp_path / "none"
    assert bundled_models(tmp_path / "no shelf") == ()
    assert locate_model("none such") == Path("none such")
