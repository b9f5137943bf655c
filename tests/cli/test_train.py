import json
import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import pexpect
import pytest
import torch
import typer

from lmkit.cli import train
from lmkit.cli.app import exit_code
from lmkit.cli.emit import Output
from lmkit.cli.train import command_line
from lmkit.recipes import TrainRequest
from lmkit.results import Trained

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
    request = TrainRequest(
        sources=("my text.txt",),
        out=Path("out"),
        seed=3,
        minutes=1.5,
        valid="my valid.txt",
        ngram=False,
        settings=("model.hidden=8",),
        resume=True,
        force=True,
    )
    assert shlex.split(command_line(request)) == [
        *("lmkit", "train", "my text.txt", "--out", "out", "--valid", "my valid.txt"),
        *("--minutes", "1.5", "--seed", "3", "--set", "model.hidden=8", "--no-ngram"),
    ]


def test_what_was_not_said_is_not_repeated():
    request = TrainRequest(sources=("a.txt", "b.txt"), out=Path("out"), ngram=True)
    assert command_line(request) == "lmkit train a.txt b.txt --out out --ngram"


def test_every_field_of_a_request_has_an_option_and_is_repeated_as_it_is_parsed(monkeypatch):
    values = {
        "valid": "v.txt",
        "preset": "tiny",
        "unit": "char",
        "cell": "gru",
        "direction": "both",
        "epochs": 0.5,
        "seed": 7,
        "settings": ("model.hidden=8", "training.clip=0"),
        "config": Path("c.toml"),
        "column": "body",
        "ngram": False,
        "precision": "float32",
        "models": "2",
        "base": "english",
    }
    request = TrainRequest(sources=("a.txt",), out=Path("o"), **values)
    unsaid = {"minutes", "resume", "force", "command", "launch", "sources", "out"}
    assert set(values) | unsaid >= {field.name for field in fields(TrainRequest)} - {"device"}
    parsed = []
    monkeypatch.setattr(train, "_train", lambda request, output: parsed.append((request, output)))
    words = shlex.split(command_line(request))[1:]
    assert exit_code([*words, "--quiet"]) == 0
    assert parsed == [(request, Output(quiet=True))]


def test_an_interrupted_run_says_how_to_go_on_and_leaves_with_130(capsys):
    done = Trained("o", 1, 2, 3, 1.0, 2.0, 9.0, "budget")
    train.leave_if_interrupted(done, "lmkit train a.txt --out o")
    assert capsys.readouterr().err == ""
    with pytest.raises(typer.Exit) as left:
        train.leave_if_interrupted(replace(done, stopped="interrupted"), "lmkit train a --out o")
    assert left.value.exit_code == 130
    assert capsys.readouterr().err.endswith("continue with: lmkit train a --out o --resume\n")


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
    going_on = said[-1].partition("continue with: ")[2]
    assert shlex.split(going_on)[:2] == ["lmkit", "train"]
    assert going_on.strip().endswith("--resume")
    assert (out / "training").is_dir()
    assert exit_code(["info", str(out)]) == 0


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no terminals hang up there")
def test_a_closed_terminal_saves_and_the_run_goes_on(text, tmp_path, capsys):
    """The kernel sends SIGHUP, and writing to the terminal fails from then on."""
    out = tmp_path / "model"
    asked = ["train", text, "--out", str(out), "--seed", "3", *TINY]
    training = pexpect.spawn(
        sys.executable,
        ["-m", "lmkit", *asked, "--epochs", "1000000"],
        timeout=300,
        env={**os.environ, "TERM": "xterm"},
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    training.expect("words/s")
    training.ptyproc.fileobj.close()
    os.waitpid(training.pid, 0)
    assert exit_code(["info", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["training"]["stopped"] == "interrupted"
    assert exit_code([*asked, "--epochs", "1", "--resume", "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stopped"] != "interrupted"


def test_a_column_of_a_table_is_learned_and_compared(tmp_path, capsys):
    rows = "".join(f"{number},the cat , it sat on the mat .\n" for number in range(40))
    (tmp_path / "chat.csv").write_text("id,body\n" + rows)
    file, out = str(tmp_path / "chat.csv"), str(tmp_path / "model")
    assert exit_code(["train", file, "--out", out, "--epochs", "1", "--quiet"]) == 4
    assert "choose one with --column: id, body" in capsys.readouterr().err
    asked = ["train", file, "--out", out, "--epochs", "1", *TINY, "--column", "body", "--json"]
    assert exit_code(asked) == 0
    captured = capsys.readouterr()
    assert "40 of 40 rows have more cells than the header (row 2 has 3, not 2)" in captured.err
    assert "--column body" in (tmp_path / "model" / "README.md").read_text()
    compared = ["compare", file, "--cells", "elman", "--epochs", "1", *TINY, "--json"]
    assert exit_code(compared) == 4
    capsys.readouterr()
    assert exit_code([*compared, "--column", "body"]) == 0
    assert json.loads(capsys.readouterr().out)["cells"]


def test_curly_and_straight_quotes_are_asked_alike(tmp_path, capsys):
    file, out = tmp_path / "text.txt", str(tmp_path / "model")
    file.write_text("“I’ll go,” she said, and he said I'll stay.\nIt’s late.\n" * 30)
    assert exit_code(["train", str(file), "--out", out, "--epochs", "3", *TINY, "--quiet"]) == 0
    capsys.readouterr()

    def answer(command, asked, *options):
        assert exit_code([command, out, asked, *options, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        return {name: found[name] for name in found if name not in ("text", "prompt", "seconds")}

    for command, asked in (
        ("next", "and he said “I'll"),
        ("complete", "and he said I’l"),
        ("fill", "“I’ll ___,” she said"),
        ("fill", "and he said I’l___ stay"),
    ):
        straight = asked.replace("’", "'").replace("“", '"').replace("”", '"')
        assert answer(command, asked)["words" if command != "fill" else "fillings"]
        if command != "fill":
            assert answer(command, asked) == answer(command, straight)
        else:
            words = [
                [filled["words"] for filled in answer(command, text)["fillings"]]
                for text in (asked, straight)
            ]
            assert words[0] == words[1]
    stopped = ["generate", out, "and he said", "--words", "30", "--stop", "’"]
    assert exit_code(stopped) == 0
    assert "'" not in capsys.readouterr().out


def test_the_quotes_of_a_text_can_be_kept(tmp_path, capsys):
    file, out = tmp_path / "text.txt", str(tmp_path / "model")
    file.write_text("“I’ll go,” she said.\n" * 30)
    asked = ["train", str(file), "--out", out, "--epochs", "1", *TINY, "--quiet"]
    assert exit_code([*asked, "--set", "straight_quotes=false"]) == 0
    tokenizer = json.loads((tmp_path / "model" / "tokenizer.json").read_text())
    assert tokenizer["config"]["straight_quotes"] is False
    assert " I’ll" in tokenizer["tokenizer"]["model"]["vocab"] or "I’ll" in str(tokenizer)


def test_a_text_whose_name_is_no_utf_8_is_learned(tmp_path, capsys):
    file, out = tmp_path / os.fsdecode(b"caf\xe9.txt"), tmp_path / "model"
    file.write_text("the cat sat on the mat .\n" * 30)
    asked = ["train", str(file), "--out", str(out), "--epochs", "1", *TINY, "--quiet"]
    assert exit_code(asked) == 0
    facts = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert facts["training"]["sources"] == ["caf\\xe9.txt"]
    run = json.loads((out / "training" / "run.json").read_text(encoding="utf-8"))
    assert "caf\\xe9.txt'" in run["command"]
