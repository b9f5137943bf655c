"""The demonstration, shortened: what it trains, keeps and shows."""

import json
import shlex

import pytest

from lmkit.cli import demo as module
from lmkit.cli.app import exit_code
from lmkit.cli.demo import BLANKS, PROMPTS, SOURCE
from lmkit.results import Trained


@pytest.fixture
def requests(monkeypatch):
    """What would have been trained; nothing is."""
    asked = []

    def note(request, *, quiet):
        asked.append((request, quiet))
        return Trained(str(request.out), 1, 1, 1, 1.0, 1.0, 1.0, "interrupted")

    monkeypatch.setattr(module, "run_training", note)
    return asked


def test_an_interrupted_demo_says_how_to_go_on_and_shows_nothing(requests, tmp_path, capsys):
    out = tmp_path / "my demo"
    assert exit_code(["demo", "--out", str(out), "--minutes", "2", "--seed", "3", "-q"]) == 130
    ((request, quiet),) = requests
    assert (request.sources, request.out, request.minutes, request.seed) == ((SOURCE,), out, 2.0, 3)
    assert quiet
    shown = capsys.readouterr()
    assert shown.out == ""
    going_on = shlex.split(shown.err.splitlines()[-1].partition("go on with: ")[2])
    wanted = ["lmkit", "train", SOURCE, "--out", str(out), "--minutes", "2", "--seed", "3"]
    assert going_on == [*wanted, "--resume"]
    assert request.command == shlex.join(wanted)


def test_a_model_that_is_there_is_used_again(requests, model_folder, capsys):
    assert exit_code(["demo", "--out", str(model_folder), "--json"]) == 0
    assert requests == []
    shown = capsys.readouterr()
    answer = json.loads(shown.out)
    assert len(answer["fillings"]) == len(BLANKS)
    assert [text["prompt"] for text in answer["continued"]] == list(PROMPTS)
    assert f"using the model in {model_folder}" in shown.err
    assert f"lmkit repl {shlex.quote(str(model_folder))}" in shown.err


def test_off_a_terminal_texts_are_printed(model_folder, capsys):
    assert exit_code(["demo", "--out", str(model_folder), "--seed", "4"]) == 0
    shown = capsys.readouterr().out
    for blank in BLANKS:
        left, right = blank.split("___")
        assert any(line.startswith(left) and line.endswith(right) for line in shown.splitlines())
    assert all(f"\n{prompt}" in shown for prompt in PROMPTS)


def test_a_time_of_nothing_is_refused(requests, tmp_path, capsys):
    assert exit_code(["demo", "--out", str(tmp_path / "x"), "--minutes", "0"]) == 2
    assert requests == []


@pytest.mark.slow
def test_the_demo_fills_and_continues(tmp_path, capsys):
    out = str(tmp_path / "demo")
    asked = ["demo", "--out", out, "--minutes", "0.05", "--json", "--quiet"]
    assert exit_code(asked) == 0
    first = capsys.readouterr().out
    answer = json.loads(first)
    assert len(answer["fillings"]) == 3
    assert len(answer["continued"]) == 2
    assert exit_code(asked) == 0
    assert capsys.readouterr().out == first
