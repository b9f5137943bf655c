"""The benchmark of the engine in the page."""

import importlib.util
from pathlib import Path

import pytest

from lmkit.interop.html.page import PageModel, single_page

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "bench" / "browser_engine.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("lmkit_bench_browser_engine", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_size_is_an_untrained_model_and_a_folder_a_trained_one(script, model_folder):
    assert script.opened("1x16x80").model.config.hidden == 16
    assert script.opened(str(model_folder)).facts["training"]["words"] > 0


def test_the_bare_page_can_be_one_file(script, tmp_path):
    page = single_page(
        PageModel(name="b", blob=b"", card="", licence="n"), script._bare_page(tmp_path)
    )
    assert "window.engine = new BrowserEngine()" in page


def test_every_question_has_its_figures(script, browser, monkeypatch):
    monkeypatch.setattr(script, "REPEATS", 2)
    figures = script.measure(browser, "1x16x80")
    assert set(script.QUESTIONS) < set(figures)
    assert figures["bytes"] > 10_000
    for question in script.QUESTIONS:
        assert figures[question]["clock_ms"] >= 0
