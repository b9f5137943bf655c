import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from lmkit.cli.app import exit_code
from lmkit.cli.train import command_line

TINY = ["--set", "model.hidden=8", "--set", "model.embedding=8"]


@pytest.fixture
def text(tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("the cat sat on the mat .\nthe dog ran .\n" * 20)
    return str(file)


def test_training_says_what_it_came_to(text, tmp_path, capsys):
    out = tmp_path / "model"
    code = exit_code(["train", text, "--out", str(out), "--epochs", "2", *TINY, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    assert set(answer) >= {
        "out",
        "parameters",
        "words",
        "steps",
        "seconds",
        "words_per_second",
        "perplexity",
        "stopped",
    }
    assert answer["out"] == str(out)


def test_a_folder_is_replaced_only_by_force(text, tmp_path, capsys):
    out = str(tmp_path / "model")
    asked = ["train", text, "--out", out, "--epochs", "1", *TINY, "--quiet"]
    assert exit_code(asked) == 0
    assert exit_code(asked) == 2
    assert "--force" in capsys.readouterr().err
    assert exit_code([*asked, "--force"]) == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["/no/such/file", "--out", "x"], 4),
        (["TEXT", "--out", "x", "--cell", "lsmt"], 2),
        (["TEXT", "--out", "x", "--preset", "tyni"], 2),
        (["TEXT", "--out", "x", "--set", "model.hiden=3"], 2),
        (["TEXT", "--out", "x", "--minutes", "1", "--epochs", "2"], 2),
        *((["TEXT", "--out", "x", "--minutes", given], 2) for given in ("0", "-1", "nan", "inf")),
        *((["TEXT", "--out", "x", "--epochs", given], 2) for given in ("0", "nan", "1e300")),
        (["TEXT", "--out", "x", "--set", "hidden=1000000000"], 2),
        (["TEXT", "--out", "x", "--set", "hidden"], 2),
        (["TEXT", "--out", "TEXT"], 2),
        (["TEXT", "--out", "x", "--resume"], 3),
        (["EMPTY", "--out", "x"], 4),
        (["TEXT", "--out", "/proc/x"], 1),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(
    text, tmp_path, arguments, code, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("empty.txt").touch()
    places = {"TEXT": text, "EMPTY": "empty.txt"}
    assert exit_code(["train", *(places.get(word, word) for word in arguments)]) == code
    shown = capsys.readouterr()
    assert shown.err.splitlines()[-1].startswith("lmkit: ")
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert not Path("x").exists()


def test_a_device_that_is_not_there_is_refused_before_anything_is_read(tmp_path, capsys):
    if torch.backends.mps.is_available():
        pytest.skip("this machine has an MPS device")
    asked = ["train", "no-such-file.txt", "--out", str(tmp_path / "model"), "--device", "mps"]
    assert exit_code(asked) == 2
    assert "no mps device" in capsys.readouterr().err


def test_a_run_of_an_older_lmkit_is_not_resumed_and_says_so(text, tmp_path, capsys):
    training = tmp_path / "model" / "training"
    training.mkdir(parents=True)
    old = {"config": {"training": {"exact_share": 0.1}}, "preset": "tiny"}
    (training / "run.json").write_text(json.dumps({**old, "direction": "forward", "seed": 0}))
    assert exit_code(["train", text, "--out", str(tmp_path / "model"), "--resume"]) == 3
    assert "begun by an older lmkit" in capsys.readouterr().err


def test_the_command_to_go_on_can_be_pasted():
    chosen = {
        "seed": 3,
        "minutes": 1.5,
        "valid": "my valid.txt",
        "unit": None,
        "ngram": False,
        "column": "text",
        "settings": ("model.hidden=8",),
    }
    command = command_line(["my text.txt"], Path("out"), chosen)
    assert shlex.split(command) == [
        *("lmkit", "train", "my text.txt", "--out", "out"),
        *("--seed", "3", "--minutes", "1.5", "--valid", "my valid.txt", "--no-ngram"),
        *("--set", "model.hidden=8"),
    ]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="interrupts are sent differently there")
def test_an_interrupt_saves_and_says_how_to_go_on(text, tmp_path):
    out = tmp_path / "model"
    asked = ["train", text, "--out", str(out), "--minutes", "5", *TINY]
    training = subprocess.Popen(
        [sys.executable, "-m", "lmkit", *asked], stderr=subprocess.PIPE, text=True
    )
    said = []
    with training:
        for line in training.stderr:
            said.append(line)
            if line.startswith("step "):
                break
        time.sleep(0.2)
        training.send_signal(signal.SIGINT)
        said += training.stderr.readlines()
    assert training.returncode == 130, said
    going_on = said[-1].partition("go on with: ")[2]
    assert shlex.split(going_on)[:2] == ["lmkit", "train"]
    assert going_on.strip().endswith("--resume")
    assert (out / "training").is_dir()
    assert exit_code(["info", str(out)]) == 0


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
