"""The demonstration: what it asks, trains, keeps and shows."""

import json
import shlex

import pytest

from lmkit.cli import demo as module
from lmkit.cli.app import exit_code
from lmkit.cli.demo import BLANKS, PROMPTS
from lmkit.results import Trained

TEXT = [f"the cat sat on the mat with number {n} ." for n in range(30)] + [
    "the dog saw the cat on the mat .",
]


@pytest.fixture
def requests(monkeypatch):
    """What would have been trained; nothing is."""
    asked = []

    def note(request, *, quiet):
        asked.append((request, quiet))
        return Trained(str(request.out), 1, 1, 1, 1.0, 1.0, 1.0, "interrupted")

    monkeypatch.setattr(module, "run_training", note)
    return asked


@pytest.fixture
def own(tmp_path):
    """A text of the user's."""
    path = tmp_path / "own text.txt"
    path.write_text("\n".join(TEXT), encoding="utf-8")
    return path


def demo(folder, *options):
    return exit_code(["demo", "--from", str(folder), *map(str, options)])


def test_the_base_answers_without_any_training(requests, model_folder, capsys):
    assert demo(model_folder) == 0
    assert requests == []
    shown = capsys.readouterr()
    for blank in BLANKS:
        assert any(line.startswith(blank) and "%" in line for line in shown.out.splitlines())
    assert all(f"\n{prompt}" in shown.out for prompt in PROMPTS)
    assert "without any training" in shown.err
    assert f"lmkit repl {shlex.quote(str(model_folder))}" in shown.err


def test_the_answers_are_one_json_object(requests, model_folder, capsys):
    assert demo(model_folder, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [filled["text"] for filled in answer["fillings"]] == list(BLANKS)
    assert [text["prompt"] for text in answer["continued"]] == list(PROMPTS)
    assert "before" not in answer


def test_the_same_seed_gives_the_same_texts(model_folder, capsys):
    found = []
    for seed in (4, 4, 5):
        assert demo(model_folder, "--json", "--seed", seed) == 0
        found.append(json.loads(capsys.readouterr().out)["continued"])
    assert found[0] == found[1] != found[2]


def test_an_interrupted_training_says_how_to_go_on(requests, model_folder, own, tmp_path, capsys):
    out = tmp_path / "my demo"
    assert demo(model_folder, own, "--out", out, "--seed", 3, "-q") == 130
    ((request, quiet),) = requests
    assert (request.sources, request.out, request.seed) == ((str(own),), out, 3)
    assert request.base == str(model_folder)
    assert quiet
    shown = capsys.readouterr()
    going_on = shlex.split(shown.err.splitlines()[-1].partition("continue with: ")[2])
    assert going_on[:5] == ["lmkit", "train", str(own), "--out", str(out)]
    assert going_on[-1] == "--resume"
    assert shlex.split(request.command) == going_on[:-1]


def test_blanks_of_the_text_are_shown_before_and_after(requests, model_folder, own, capsys):
    assert demo(model_folder, own, "--out", model_folder) == 0
    assert requests == []
    shown = capsys.readouterr()
    assert f"using the model in {model_folder}" in shown.err
    lines = shown.out.splitlines()
    place = next(n for n, line in enumerate(lines) if line.endswith(")") and "___" in line)
    assert lines[place + 1].split()[0] == "before"
    assert lines[place + 2].split()[0] == "after"


def test_before_and_after_are_in_the_json_too(requests, model_folder, own, capsys):
    assert demo(model_folder, own, "--out", model_folder, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["words"]) == len(answer["before"]) == len(answer["after"]) > 0
    assert answer["before"][0]["text"] == answer["after"][0]["text"]


def test_a_text_that_cannot_be_read_is_an_error(requests, model_folder, tmp_path):
    assert demo(model_folder, tmp_path / "none.txt") == 4
    assert requests == []


def test_a_base_that_is_not_there_is_an_error(requests, tmp_path):
    assert demo(tmp_path / "none") == 3
    assert requests == []
