"""A model is named by its folder, or by the name it is bundled under."""

from pathlib import Path

import pytest

from lmkit.archive.folder import load_archive
from lmkit.archive.locate import (
    CHECKOUT,
    bundled_models,
    is_bundled,
    is_shadowed,
    locate_model,
)
from lmkit.archive.manifest import MANIFEST
from lmkit.core.errors import ModelError
from lmkit.language_model import LanguageModel

LIMIT = 20_000_000  # bytes of all bundled models together


@pytest.fixture
def shelf(tmp_path):
    for name in ("english", "danish"):
        (tmp_path / "shelf" / name).mkdir(parents=True)
        (tmp_path / "shelf" / name / MANIFEST).touch()
    (tmp_path / "shelf" / "no model").mkdir()
    (tmp_path / "shelf" / "table.csv").touch()
    return tmp_path / "shelf"


def test_a_bundled_name_is_found(shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert bundled_models([shelf]) == ("danish", "english")
    assert is_bundled("english", [shelf])
    assert not is_bundled("no model", [shelf])
    assert not is_shadowed("english", [shelf])
    assert locate_model(Path("english"), [shelf]) == shelf / "english"


def test_a_folder_of_that_name_wins(shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "english").mkdir()
    assert not is_bundled("english", [shelf])
    assert is_shadowed("english", [shelf])
    assert locate_model("english", [shelf]) == Path("english")


def test_a_file_of_that_name_is_not_in_its_way(shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "english").touch()
    assert locate_model("english", [shelf]) == shelf / "english"


def test_the_first_shelf_that_has_a_name_is_taken(shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "second" / "danish").mkdir(parents=True)
    (tmp_path / "second" / "danish" / MANIFEST).touch()
    for order in ([shelf, tmp_path / "second"], [tmp_path / "second", shelf]):
        assert locate_model("danish", order) == order[0] / "danish"


def test_any_other_path_comes_back(shelf, tmp_path):
    assert locate_model(tmp_path / "none", [shelf]) == tmp_path / "none"
    assert bundled_models([tmp_path / "no shelf"]) == ()
    assert locate_model("none such") == Path("none such")
    assert not is_shadowed(tmp_path, [shelf])


def test_an_unknown_name_lists_the_bundled_ones(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError) as caught:
        load_archive(Path("englsh"))
    names = bundled_models()
    assert ("bundled" in str(caught.value)) == bool(names)
    assert all(name in str(caught.value) for name in names)


def test_all_bundled_models_together_stay_small():
    folders = [locate_model(name) for name in bundled_models()]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= LIMIT


@pytest.mark.skipif(not (CHECKOUT / "english").is_dir(), reason="the base is not in this checkout")
def test_the_base_is_asked_by_its_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert "english" in bundled_models()
    model = LanguageModel.load("english")
    answer = model.fill("I went to the ___ yesterday .", k=3)
    assert len(answer.fillings) == 3
    card = (locate_model("english") / "README.md").read_text(encoding="utf-8")
    assert "public domain" in card
