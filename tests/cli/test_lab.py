"""The lab's commands: what they print as JSON, and what they draw."""

import json

import pytest

from lmkit.cli.app import exit_code


def answer(capsys, *words):
    assert exit_code([*words, "--json", "--quiet"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def folder(model_folder):
    return str(model_folder)


def test_an_intervention_says_both_predictions_word_by_word(folder, capsys):
    found = answer(capsys, "trace", folder, "the cat", "--set", "gate.forget=1", "--drop", "1.0")
    assert {"before", "after", "moved", "divergence"} <= set(found)
    assert set(found["moved"][0]) == {"word", "before", "after"}


@pytest.mark.slow
def test_an_intervention_is_drawn_too(folder, tmp_path):
    pytest.importorskip("matplotlib")
    plot = tmp_path / "effect.png"
    command = ["trace", folder, "the cat", "--set", "gate.forget=0", "--plot", str(plot)]
    assert exit_code([*command, "--quiet"]) == 0
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_the_strongest_units_of_a_word_are_the_answer_where_they_are_asked_for(folder, capsys):
    found = answer(capsys, "trace", folder, "the cat sat", "--word", "-1")
    assert found["word"] == "sat"
    assert set(found["units"][0]) == {"layer", "unit", "hidden", "cell"}


def test_gradients_and_tasks_say_their_fields(capsys):
    found = answer(capsys, "gradients", "--cells", "gru", "--length", "3", "--hidden", "4")
    assert set(found["lines"][0]) == {"cell", "label", "trained", "hidden", "state", "score"}
    tiny = ["--distances", "2", "--steps", "1", "--hidden", "4", "--seeds", "2"]
    found = answer(capsys, "memory", "adding", "--cells", "gru", *tiny)
    assert {"task", "passed", "chance", "steps", "results"} <= set(found)
    assert len(found["results"][0]["scores"]) == 2


def test_words_and_unroll_say_their_fields(folder, capsys):
    assert set(answer(capsys, "words", folder, "cat")) == {"query", "neighbours"}
    found = answer(capsys, "words", folder, "--dimensions", "3", "--count", "3")
    assert {len(point) for point in found["points"]} == {3}
    found = answer(capsys, "unroll", folder, "the cat sat", "--position", "1")
    assert found["target"] == "cat"
    assert set(found["weights"][0]) == {"name", "norm"}
