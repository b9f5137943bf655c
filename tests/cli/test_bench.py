import json

import pytest

from lmkit.cli.app import exit_code

pytestmark = pytest.mark.usefixtures("small_products")


def test_a_table_is_data_and_the_rest_is_talk(capsys):
    assert exit_code(["bench", "--size", "1x8x60"]) == 0
    shown = capsys.readouterr()
    rows = ("model", "matrix product", "copy", "training", "next word", "generation", "filling")
    assert all(f"\n{row}" in f"\n{shown.out}" for row in rows)
    assert shown.err.count("\n") == 1


def test_a_model_folder_is_asked_and_not_trained(model_folder, capsys):
    assert exit_code(["bench", str(model_folder), "--json", "--quiet", "--int8"]) == 0
    shown = capsys.readouterr()
    answer = json.loads(shown.out)
    assert answer["model"]["source"] == str(model_folder)
    assert "training" not in answer
    assert shown.err == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--size", "large"], 2),
        (["MODEL", "--size", "1x8x60"], 2),
        (["--size", "999x999999x99999999"], 2),
        (["nowhere"], 3),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(model_folder, capsys, arguments, code):
    words = [str(model_folder) if word == "MODEL" else word for word in arguments]
    assert exit_code(["bench", *words, "--quiet"]) == code
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
