import io
import json
import os
import stat
import sys

import pytest

from lmkit.cli.app import exit_code
from lmkit.data.typed_text import default_file


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command and return what it printed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(*arguments, stdin="", code=0):
        typed = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", typed)
        capsys.readouterr()
        assert exit_code([str(argument) for argument in arguments]) == code
        return capsys.readouterr()

    return run


def test_typed_text_is_learnt_shown_and_erased(run):
    assert run("personal", "show").out == ""
    run("personal", "learn", stdin="see you\n\nthere\n")
    assert run("personal", "show").out == "see you\nthere\n"
    if os.name != "nt":
        assert stat.S_IMODE(default_file().stat().st_mode) == 0o600
    assert run("personal", "erase", "-q").err == ""
    assert not default_file().exists()


def test_answers_as_json(run, tmp_path):
    file = tmp_path / "mine.txt"
    assert json.loads(run("personal", "learn", "--file", file, "--json", stdin="a\n").out) == {
        "file": str(file),
        "learnt": 1,
    }
    shown = json.loads(run("personal", "show", "--file", file, "--json").out)
    assert shown == {"file": str(file), "lines": ["a"]}
    erased = json.loads(run("personal", "erase", "--file", file, "--json").out)
    assert erased == {"file": str(file), "erased": 1}


@pytest.mark.parametrize(
    "question", [("next", "the mat"), ("complete", "the mat s"), ("fill", "the mat ___ the")]
)
def test_a_phrase_learnt_raises_its_words_until_it_is_erased(run, model_folder, question, tmp_path):
    command, text = question
    file = tmp_path / "mine.txt"
    ask = (command, model_folder, text, "-k", "40", "--json")
    before = run(*ask).out
    assert run(*ask, "--personal", file).out == before
    run("personal", "learn", "--file", file, stdin="the mat saw the\n" * 30)
    assert chance(run(*ask, "--personal", file).out) > 1.5 * chance(before)
    assert run(*ask).out == before
    run("personal", "erase", "--file", file)
    assert run(*ask, "--personal", file).out == before


def chance(out):
    """Return how probable an answer says "saw" is."""
    answer = json.loads(out)
    found = [guess for guess in answer.get("words", []) if guess["word"] == "saw"]
    found += [filled for filled in answer.get("fillings", []) if filled["words"] == ["saw"]]
    return found[0]["probability"]


def test_the_repl_learns_into_the_file_it_is_given(run, model_folder, tmp_path):
    file = tmp_path / "mine.txt"
    run("repl", model_folder, "--personal", file, stdin="the cat sat\nthe dog\n")
    assert file.read_text() == "the cat sat\nthe dog\n"


def test_a_folder_is_no_file(run, tmp_path, model_folder):
    assert run("personal", "show", "--file", tmp_path, code=4).err.count("\n") == 1
    assert run("next", model_folder, "a", "--personal", tmp_path, code=4).err.count("\n") == 1
