"""The lab's experiments at the command line: what they print, draw and refuse."""

import json
from pathlib import Path

import pytest

from lmkit.cli.app import exit_code
from lmkit.cli.study import _progress
from lmkit.lab.variants import Entry, Run
from lmkit.results import Trained

TINY = [
    word for size in ("hidden=8", "embedding=8", "layers=1") for word in ("--set", f"model.{size}")
]


@pytest.fixture
def text(tmp_path: Path) -> str:
    file = tmp_path / "text.txt"
    file.write_text("the cat sat on the mat .\nthe dog ran .\n" * 20)
    return str(file)


def test_a_comparison_tells_of_each_run_and_shows_a_table(text, capsys):
    assert exit_code(["compare", text, "--cells", "gru,elman", "--seeds", "2", *TINY]) == 0
    shown = capsys.readouterr()
    told = [line for line in shown.err.splitlines() if " seed " in line]
    assert [line.split(":")[0] for line in told] == [
        "1/4 gru seed 0",
        "2/4 elman seed 0",
        "3/4 gru seed 1",
        "4/4 elman seed 1",
    ]
    assert {"gru", "elman"} <= set(shown.out.split())
    assert "mean of 2 seeds" in shown.out


def test_a_quiet_comparison_prints_its_object_alone(text, capsys):
    cells = "gru,gru+model.hidden=4"
    assert exit_code(["compare", text, "--cells", cells, *TINY, "--json", "--quiet"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert {row["cell"] for row in json.loads(shown.out)["cells"]} == set(cells.split(","))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["compare", "memory", "words"])
def test_what_is_asked_for_is_drawn_too(command, text, model_folder, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    asked = {
        "compare": ["compare", text, "--cells", "gru", *TINY],
        "memory": ["memory", "--cells", "gru", "--distances", "2", "--steps", "1", "--hidden", "4"],
        "words": ["words", str(model_folder), "--count", "5"],
    }[command]
    plot = tmp_path / "plot.png"
    assert exit_code([*asked, "--plot", str(plot), "--theme", "dark", "--quiet"]) == 0
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out


def test_a_run_is_one_line():
    trained = Trained("", 100, 1000, 10, 2.0, 500.0, 12.345, "budget")
    run = Run(2, 6, Entry("gru", ("model.hidden=4",)), 7, trained)
    assert _progress(run) == "2/6 gru+model.hidden=4 seed 7: 12.35"


def test_one_word_has_neighbours_and_three_an_analogy(model_folder, capsys):
    folder = str(model_folder)
    for asked, query in ((["cat"], "cat"), (["cat", "dog", "mat"], "dog")):
        assert exit_code(["words", folder, *asked, "-k", "2", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert query in found["query"]
        assert len(found["neighbours"]) == 2
        assert not {n["word"] for n in found["neighbours"]} & set(asked)


@pytest.mark.parametrize(
    "arguments",
    [
        ["words", "MODEL", "cat", "--plot", "map.png"],
        ["words", "MODEL", "cat", "dog"],
        ["words", "MODEL", "--dimensions", "4"],
        ["compare", "TEXT", "--minutes", "1", "--epochs", "1"],
        ["compare", "TEXT", "--cells", "lsmt"],
        ["compare", "TEXT", "--cells", "gru,gru"],
        ["compare", "TEXT", "--seeds", "0"],
        ["memory", "copying2"],
        ["memory", "--distances", "five"],
        ["memory", "--cells", "lsmt"],
    ],
)
def test_an_experiment_that_makes_no_sense_is_one_sentence(arguments, text, model_folder, capsys):
    places = {"MODEL": str(model_folder), "TEXT": text}
    assert exit_code([places.get(word, word) for word in arguments]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)


def test_a_text_that_is_not_there_is_told_so(capsys):
    assert exit_code(["compare", "/nowhere.txt", "--cells", "gru"]) == 4
    assert capsys.readouterr().err.count("\n") == 1
