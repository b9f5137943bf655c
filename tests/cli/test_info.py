"""Facts of a model, for people and as JSON."""

import json

import pytest

from lmkit.cli.app import exit_code
from lmkit.cli.info import _for_people

PROMISED = "format_version unit vocabulary cell layers hidden parameters direction training"


def test_the_promised_fields_are_shown(model_folder, capsys):
    assert exit_code(["info", str(model_folder), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert set(PROMISED.split()) <= set(facts)
    assert facts["format_version"] == 2
    assert facts["kind"] == "recurrent"
    assert "settings" in facts["training"]


def test_people_are_spared_the_settings(model_folder, capsys):
    assert exit_code(["info", str(model_folder)]) == 0
    shown = capsys.readouterr().out
    assert "dynamic, cache, ngram" in shown
    assert "orthogonalise" not in shown


def test_a_folder_without_a_model_is_refused(tmp_path, capsys):
    assert exit_code(["info", str(tmp_path)]) == 3
    assert "not a model folder" in capsys.readouterr().err


def test_the_object_has_the_settings_and_the_table_has_not(model_folder, capsys):
    assert exit_code(["info", str(model_folder), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["training"]["settings"]
    assert (facts["cell"], facts["hidden"], facts["unit"]) == ("lstm", 16, "word")
    assert exit_code(["info", str(model_folder)]) == 0
    shown = capsys.readouterr()
    assert "settings" not in shown.out
    assert str(model_folder) in shown.out
    assert str(facts["parameters"]) in shown.out.replace(",", "").split()
    assert shown.err == ""


def test_leaving_the_settings_out_changes_nothing_else():
    facts = {"cell": "gru", "stack": [], "training": {"words": 5, "settings": {"a": 1}}}
    shown = {"cell": "gru", "stack": "nothing", "training": {"words": 5}}
    assert _for_people(facts) == shown
    assert facts["training"] == {"words": 5, "settings": {"a": 1}}


def test_a_folder_that_is_no_model_is_one_sentence(tmp_path, capsys):
    assert exit_code(["info", str(tmp_path)]) == 3
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)


@pytest.mark.parametrize("option", ["--plot", "--theme"])
def test_facts_are_not_drawn(model_folder, option, capsys):
    assert exit_code(["info", str(model_folder), option, "x"]) == 2
    assert option in capsys.readouterr().err
