"""`lmkit export`."""

import json
from pathlib import Path

import pytest

from lmkit.cli.app import exit_code
from lmkit.interop.html import page
from lmkit.results.export import ExportedArpa, ExportedOnnx, ExportedPage

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
    assert "can extract words of the training text" in shown.err
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


def test_only_what_can_be_written_is_offered(model_folder, tmp_path, capsys):
    out = tmp_path / "x"
    arguments = ["export", str(model_folder), "--to", "transformers", "--out", str(out)]
    assert exit_code(arguments) == 2
    assert "is not one of 'html', 'onnx', 'arpa', 'tokenizer'" in capsys.readouterr().err
    assert not out.exists()


def test_graphs_are_written_and_asked_by_the_same_commands(model_folder, tmp_path, capsys):
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    out = tmp_path / "graphs"
    arguments = ["export", str(model_folder), "--to", "onnx", "--out", str(out)]
    assert exit_code([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == set(ExportedOnnx.__dataclass_fields__)
    assert answer["difference"] < 1e-5
    found = []
    for folder in (model_folder, out):
        assert exit_code(["next", str(folder), "the cat", "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["words"])
    assert [word["word"] for word in found[0]] == [word["word"] for word in found[1]]
    assert exit_code(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert exit_code([*arguments, "--force"]) == 0
    shown = capsys.readouterr()
    assert "left out, since it trains the weights: dynamic" in shown.err
    assert exit_code(["info", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "onnx"


@pytest.mark.parametrize(
    "words",
    [
        ["trace", "the cat"],
        ["next", "the cat", "--int8"],
        ["evaluate", "--text", "TEXT", "--adapt", "dynamic"],
        ["export", "--to", "html", "--out", "page.html"],
    ],
)
def test_what_needs_weights_is_refused_in_one_sentence(model_folder, tmp_path, words, capsys):
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    out, text = tmp_path / "graphs", tmp_path / "text.txt"
    text.write_text("the cat\n", encoding="utf-8")
    arguments = ["export", str(model_folder), "--to", "onnx", "--out", str(out), "--quiet"]
    assert exit_code(arguments) == 0
    command, *more = [str(text) if word == "TEXT" else word for word in words]
    assert exit_code([command, str(out), *more]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_ngram_is_written_as_an_arpa_file(model_folder, tmp_path, capsys):
    out = tmp_path / "cats.arpa"
    arguments = ["export", str(model_folder), "--to", "arpa", "--out", str(out)]
    assert exit_code([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == set(ExportedArpa.__dataclass_fields__)
    assert f"ngram 2={answer['ngrams'][1]}\n" in out.read_text(encoding="utf-8")
    assert exit_code(arguments) == 0
    assert "ngrams" in capsys.readouterr().out
    out.write_text("mine", encoding="utf-8")
    assert exit_code(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert exit_code([*arguments, "--force", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_missing_model_has_the_code_of_models(tmp_path, capsys):
    arguments = ["export", str(tmp_path / "none"), "--to", "html", "--out", str(tmp_path / "x")]
    assert exit_code(arguments) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_a_direction_that_is_not_there_is_one_sentence(model_folder, tmp_path, capsys):
    arguments = ["export", str(model_folder), "--to", "html", "--out", str(tmp_path / "x.html")]
    assert exit_code([*arguments, "--direction", "both"]) == 2
    assert "reads in the direction 'forward', not 'both'" in capsys.readouterr().err
