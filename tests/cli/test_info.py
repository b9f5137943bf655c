"""`info` shows what a folder says of itself."""

import json

from lmkit.cli.app import exit_code

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
