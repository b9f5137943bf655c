"""`lmkit export`."""

import json
from pathlib import Path

import pytest

from lmkit.cli.app import exit_code
from lmkit.interop.html import page
from lmkit.results.export import ExportedPage

FILES = Path(__file__).resolve().parents[1] / "js" / "page"


@pytest.fixture
def tiny_page(monkeypatch) -> None:
    """A page of nothing but the engine in the place of lmkit's, which is tested elsewhere."""
    monkeypatch.setattr(page, "static_folder", lambda: FILES)


def test_a_page_is_written_and_its_figures_printed(model_folder, tmp_path, tiny_page, capsys):
    out = tmp_path / "page.html"
    check = tmp_path / "check.txt"
    check.write_text("the cat sat on the mat .\n", encoding="utf-8")
    arguments = ["export", str(model_folder), "--to", "html", "--out", str(out)]
    assert exit_code([*arguments, "--check", str(check), "--licence", "CC0", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == set(ExportedPage.__dataclass_fields__)
    assert answer["bytes"] == out.stat().st_size
    assert answer["check"] == str(check)
    assert "Licence of the model: CC0" in out.read_text(encoding="utf-8")


def test_people_are_told_that_words_can_be_read(model_folder, tmp_path, tiny_page, capsys):
    out = tmp_path / "page.html"
    arguments = ["export", str(model_folder), "--to", "html", "--out", str(out), "--ngrams", "0"]
    assert exit_code(arguments) == 0
    shown = capsys.readouterr()
    assert "can be read from this file" in shown.err
    assert "perplexity_rounded" in shown.out.replace(" ", "_")
    assert exit_code([*arguments, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_end_of_a_document_can_be_seen(model_folder, tmp_path, capsys):
    out = tmp_path / "tokenizer"
    arguments = ["export", str(model_folder), "--to", "tokenizer", "--out", str(out)]
    assert exit_code(arguments) == 0
    (shown,) = [line for line in capsys.readouterr().out.splitlines() if "end of" in line]
    assert shown.split() == ["end", "of", "document", r'"\n"']
    assert exit_code([*arguments, "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["end_of_document"] == "\n"


@pytest.mark.parametrize("target", ["onnx", "transformers", "arpa"])
def test_what_is_not_there_yet_is_refused_by_its_name(model_folder, tmp_path, target, capsys):
    out = tmp_path / "x"
    code = exit_code(["export", str(model_folder), "--to", target, "--out", str(out)])
    assert code == 2
    assert f"export to {target} is not available yet" in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_model_has_the_code_of_models(tmp_path, capsys):
    arguments = ["export", str(tmp_path / "none"), "--to", "html", "--out", str(tmp_path / "x")]
    assert exit_code(arguments) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_a_direction_that_is_not_there_is_one_sentence(model_folder, tmp_path, capsys):
    arguments = ["export", str(model_folder), "--to", "html", "--out", str(tmp_path / "x.html")]
    assert exit_code([*arguments, "--direction", "both"]) == 2
    assert "reads in the direction 'forward', not 'both'" in capsys.readouterr().err
