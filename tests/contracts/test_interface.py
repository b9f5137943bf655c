"""What other programs rely on: the commands, their options, the fields of --json, the exit codes.

The fields are those of docs/reference/json.md, so that the page and the program agree.
"""

import io
import json
import re
import sys
from pathlib import Path

import pytest
import typer

from lmkit.cli.app import app, exit_code

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`.*?) \| (.*) \|$", PAGE, re.MULTILINE)
FIELDS = {
    name: re.findall(r"`(\w+)`", re.sub(r"\[?\{.*?\}\]?|\(.*?\)", "", fields))
    for names, fields in ROWS
    for name in re.findall(r"`(.*?)`", names)
}
INNER = {
    "next": ("words", {"word", "probability"}),
    "complete": ("words", {"word", "probability"}),
    "fill": ("fillings", {"words", "text", "probability"}),
    "score": ("words", {"word", "surprisal", "rank", "entropy", "unknown"}),
    "trace": ("layers", {"gates", "candidate", "cell", "hidden"}),
    "compare": ("cells", {"cell", "parameters", "perplexity", "words_per_second"}),
}
ADAPTED = ("next", "complete", "fill", "generate", "score", "evaluate", "repl")
OPTIONS = {
    "train": "out valid preset unit cell direction minutes epochs seed set config resume force "
    "column json",
    "next": "k top json",
    "complete": "k json",
    "fill": "k choices exact json direction",
    "generate": "words samples temperature top-k top-p min-p stop seed json",
    "score": "format context json",
    "evaluate": "text cloze pairs typing json direction",
    "trace": "plot json",
    "compare": "cells minutes seed json",
    "gradients": "cells plot json",
    "forecast": "horizon plot seed json",
    "repl": "json seed",
    "demo": "seed json",
    "info": "json",
    "unroll": "json",
    "bench": "size seed json",
}
TINY = ["--set", "model.hidden=8", "--set", "model.embedding=8", "--set", "model.layers=1"]


def options_of(name):
    group = typer.main.get_command(app)
    return {word for part in group.commands[name].params for word in part.opts}


@pytest.fixture
def files(tmp_path):
    (tmp_path / "text.txt").write_text("the cat sat on the mat .\nthe dog ran .\n")
    (tmp_path / "cloze.csv").write_text(
        "question,a,b,c,d,e,answer\nthe ___ sat,cat,dog,mat,saw,ran,a\n"
    )
    pair = {"sentence_good": "the cat sat", "sentence_bad": "sat the cat"}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n")
    return tmp_path


@pytest.fixture
def asked(model_folder, files, capsys, small_products):
    """Run a command on the tiny model and return the one object it prints."""
    ways = {
        "info": ["info", "MODEL"],
        "next": ["next", "MODEL", "the"],
        "complete": ["complete", "MODEL", "the c"],
        "fill": ["fill", "MODEL", "the ___ sat"],
        "generate": ["generate", "MODEL", "the", "--words", "2"],
        "score": ["score", "MODEL", "LINE"],
        "evaluate --text": ["evaluate", "MODEL", "--text", "text.txt"],
        "evaluate --cloze": ["evaluate", "MODEL", "--cloze", "cloze.csv"],
        "evaluate --pairs": ["evaluate", "MODEL", "--pairs", "pairs.jsonl"],
        "evaluate --typing": ["evaluate", "MODEL", "--typing", "text.txt"],
        "trace": ["trace", "MODEL", "the cat"],
        "train": ["train", "text.txt", "--out", "new", "--epochs", "1", *TINY],
        "prepare": ["prepare", "text.txt", "--out", "new", "--workers", "1"],
        "compare": ["compare", "text.txt", "--cells", "lstm,gru", "--epochs", "1", *TINY],
        "personal": ["personal", "show", "--file", "typed.txt"],
        "bench": ["bench", "--size", "1x8x60"],
    }
    (files / "line.txt").write_text("the cat sat\n")
    places = {"MODEL": str(model_folder), "LINE": str(files / "line.txt")}

    def run(name):
        arguments = [
            str(files / word)
            if word in ("text.txt", "cloze.csv", "pairs.jsonl", "new", "typed.txt")
            else places.get(word, word)
            for word in ways[name]
        ]
        assert exit_code([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize("name", sorted(set(FIELDS) - {"forecast"}))
def test_the_fields_of_the_json_are_those_of_the_page(asked, name):
    answer = asked(name)
    optional = {"learnt", "erased"}  # of other actions of `personal`
    assert set(answer) >= set(FIELDS[name]) - optional
    outer, inner = INNER.get(name, ("", set()))
    if inner:
        assert all(set(entry) >= inner for entry in answer[outer])


def test_the_page_names_every_command_that_answers():
    assert {name.split()[0] for name in FIELDS} >= {
        *("train", "info", "next", "complete", "fill", "generate", "score", "evaluate", "trace"),
        *("compare", "forecast", "bench"),
    }


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_a_command_takes_its_options(name):
    there = options_of(name)
    wanted = {"-k" if word == "k" else f"--{word}" for word in OPTIONS[name].split()}
    wanted |= {"--adapt", "--mix"} if name in ADAPTED else set()
    assert wanted <= there


def test_the_table_of_score_has_its_header(model_folder, files, capsys):
    assert exit_code(["score", str(model_folder), str(files / "text.txt"), "--format", "tsv"]) == 0
    header = capsys.readouterr().out.splitlines()[0]
    assert header == "line\tposition\tword\tsurprisal\trank\tentropy\tunknown"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["next", "MODEL", "the"], 0),
        (["nxet", "MODEL", "the"], 2),
        (["next", "MODEL", "the", "-k", "0"], 2),
        (["fill", "MODEL", "no blank"], 2),
        (["next", "nowhere", "the"], 3),
        (["evaluate", "MODEL", "--text", "nowhere.txt"], 4),
        (["evaluate", "MODEL"], 2),
        (["score", "MODEL", "nowhere.txt"], 4),
    ],
)
def test_exit_codes(model_folder, tmp_path, monkeypatch, capsys, arguments, code):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    words = [str(model_folder) if word == "MODEL" else word for word in arguments]
    assert exit_code(words) == code
    shown = capsys.readouterr()
    assert (shown.err.count("\n"), shown.out == "") == ((1, True) if code else (0, False))
