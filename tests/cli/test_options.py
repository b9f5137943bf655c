"""Options that several commands share: what they ask of a model folder."""

import json
from pathlib import Path

import pytest

from lmkit.archive.locate import bundled_models
from lmkit.cli.app import exit_code
from lmkit.cli.options import load_network, open_model, say_if_shadowed
from lmkit.core.errors import ModelError, UsageError
from lmkit.models.recurrent.recurrent_lm import RecurrentLM

TEXT = "the cat sat on the mat .\nthe dog ran to the house .\n"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"cache", "ngram"}),
        ({"alone": True}, set()),
        ({"adapt": "none"}, {"ngram"}),
        ({"mix": "none"}, {"cache"}),
        ({"adapt": "both"}, {"dynamic", "cache", "ngram"}),
        ({"adapt": "dynamic", "mix": "none"}, {"dynamic"}),
    ],
)
def test_a_model_is_asked_with_what_was_fitted_or_what_is_named(model_folder, options, expected):
    assert set(open_model(model_folder, **options).adapters) == expected


def test_alone_and_an_adapter_are_a_contradiction(model_folder):
    with pytest.raises(UsageError, match="alone"):
        open_model(model_folder, alone=True, adapt="cache")


def test_a_missing_folder_is_told_whatever_is_asked(tmp_path):
    for options in ({}, {"alone": True}, {"mix": "ngram"}):
        with pytest.raises(ModelError, match="no model folder"):
            open_model(tmp_path / "none", **options)


def test_the_lab_looks_at_the_network_alone(model_folder):
    network, tokenizer = load_network(model_folder)
    assert isinstance(network, RecurrentLM)
    assert network.vocab_size == tokenizer.vocab_size


def evaluate(folder, text, capsys, *options):
    command = ["evaluate", str(folder), "--text", str(text), "--json", "--device", "cpu", *options]
    assert exit_code(command) == 0
    return json.loads(capsys.readouterr().out)


def test_evaluate_tells_both_perplexities(model_folder, tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text(TEXT, encoding="utf-8")
    found = evaluate(model_folder, text, capsys)
    alone = evaluate(model_folder, text, capsys, "--alone")
    assert (found["adapt"], found["mix"]) == ("cache", "ngram")
    assert (alone["adapt"], alone["mix"]) == ("none", "none")
    assert found["alone"] == alone["alone"] == alone["perplexity"]
    assert found["perplexity"] != found["alone"]
    mixed = evaluate(model_folder, text, capsys, "--adapt", "none")
    assert (mixed["adapt"], mixed["mix"]) == ("none", "ngram")


@pytest.mark.parametrize(
    "command",
    [
        ["next", "the cat", "--json"],
        ["complete", "the d", "--json"],
        ["fill", "the ___ sat", "--json"],
        ["generate", "the", "--words", "2", "--json"],
    ],
)
def test_every_asking_command_takes_the_shared_options(model_folder, command, capsys):
    name, *rest = command
    answers = []
    for options in ([], ["--alone"], ["--adapt", "none", "--mix", "none", "--device", "cpu"]):
        assert exit_code([name, str(model_folder), *rest, *options]) == 0
        answer = json.loads(capsys.readouterr().out)
        answer.pop("seconds", None)
        answers.append(answer)
    assert answers[1] == answers[2]
    if name in ("next", "fill"):
        assert answers[0] != answers[1]


def test_a_remedy_is_told_in_the_words_of_the_command_line(tmp_path, capsys):
    assert exit_code(["next", str(tmp_path / "none"), "the"]) == 3
    assert "train one with `lmkit train`" in capsys.readouterr().err


@pytest.fixture
def bundled(monkeypatch, tmp_path):
    """The name of a bundled model, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    if not bundled_models():
        pytest.skip("no model is bundled with this checkout")
    return Path(bundled_models()[0])


def test_a_folder_in_the_way_of_a_bundled_name_is_told_in_one_line(bundled, capsys):
    say_if_shadowed(bundled)
    assert capsys.readouterr().err == ""
    bundled.mkdir()
    say_if_shadowed(bundled)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(bundled) in said


@pytest.mark.parametrize("command", [["fill", "a ___ b"], ["info"]])
def test_a_folder_wins_over_a_bundled_name_even_if_it_is_no_model(bundled, capsys, command):
    bundled.mkdir()
    assert exit_code([command[0], str(bundled), *command[1:]]) == ModelError.exit_code
    said = capsys.readouterr().err
    assert "using the folder english" in said
    assert "not a model folder" in said


def test_an_unknown_name_lists_the_bundled_ones(bundled, capsys):
    assert exit_code(["info", "none-such"]) == ModelError.exit_code
    assert str(bundled) in capsys.readouterr().err


def test_a_bundled_name_is_described_without_its_weights(bundled, capsys):
    assert exit_code(["info", str(bundled), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["direction"] == "both"
