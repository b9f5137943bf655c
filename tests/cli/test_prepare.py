"""`lmkit prepare`, and training on what it wrote; also when it is killed."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lmkit.cli.app import exit_code
from lmkit.cli.prepare import open_vocabulary, parse_shard, tokenizer_config
from lmkit.core.errors import ModelError, UnknownNameError, UsageError
from lmkit.results.prepare import PreparedParts
from lmkit.text.tokenizer import TokenizerConfig

SIZES = ("hidden=8", "embedding=8", "batch=2", "time=8", "samples=8", "validations=2")
LINES = ("the cat sat on the mat .", "a dog ran to the house , she said .", "we went home .")
BYTES = ("train.bin", "valid.bin", "tokenizer.json", "facts.json", "prepared.json")
SMALL_PARTS = """
import sys
from lmkit.data.parts import parts_plan
from lmkit.data.sources import text_file
parts_plan.LARGEST_PART, parts_plan.SMALLEST_PART, text_file._SMALL = 3_000, 1_000, 500
from lmkit.cli.app import exit_code
if __name__ == "__main__":
    sys.exit(exit_code(sys.argv[1:]))
"""


def made_up(lines):
    draw = random.Random(0)
    return "\n".join(draw.choice(LINES) for _ in range(lines)) + "\n"


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "my.txt"
    path.write_text(made_up(60), encoding="utf-8")
    return path


@pytest.fixture
def long_text(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text(made_up(900), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def lmkit(*words):
    return exit_code([str(word) for word in words])


def trained(out, *words):
    sizes = () if "--from" in words else SIZES
    options = [option for size in sizes for option in ("--set", size)]
    return lmkit("train", *words, "--out", out, "--epochs", "1", "--quiet", *options)


def weights(model):
    return (model / "model.safetensors").read_bytes()


def test_training_on_prepared_ids_writes_the_model_of_the_text(text, tmp_path, capsys):
    assert lmkit("prepare", text, "--out", tmp_path / "ids", "--workers", 1, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == set(PreparedParts.__dataclass_fields__)
    assert answer["complete"] is True
    assert trained(tmp_path / "direct", text) == 0
    assert trained(tmp_path / "model", tmp_path / "ids") == 0
    assert weights(tmp_path / "model") == weights(tmp_path / "direct")


def test_a_unit_of_its_own_is_that_of_the_model(text, tmp_path, capsys):
    ids, model = tmp_path / "ids", tmp_path / "model"
    assert lmkit("prepare", text, "--out", ids, "--unit", "char", "--quiet") == 0
    assert trained(model, ids) == 0
    capsys.readouterr()
    assert lmkit("info", model, "--json") == 0
    assert json.loads(capsys.readouterr().out)["unit"] == "char"


def test_other_commands_read_the_lines_of_prepared_ids(text, tmp_path, capsys):
    assert lmkit("prepare", text, "--out", tmp_path / "ids", "--quiet") == 0
    assert trained(tmp_path / "model", text) == 0
    figures = []
    for source in (text, tmp_path / "ids"):
        assert lmkit("evaluate", tmp_path / "model", "--text", source, "--json") == 0
        figures.append(json.loads(capsys.readouterr().out)["perplexity"])
    assert figures[0] == figures[1]


def test_people_are_told_what_to_do_next(text, tmp_path, capsys):
    ids = tmp_path / "ids"
    said = []
    for shard in ("1/2", "2/2", "1/2"):
        assert lmkit("prepare", text, "--out", ids, "--workers", 1, "--shard", shard) == 0
        said.append(capsys.readouterr().err)
    assert "finish with the same command without --shard" in said[-1]
    assert trained(tmp_path / "model", ids) == 4
    assert "is not finished; run its `lmkit prepare` command again" in capsys.readouterr().err
    assert lmkit("prepare", text, "--out", ids) == 0
    shown = capsys.readouterr()
    assert f"try: lmkit train {ids}" in shown.err
    assert "complete" in shown.out


def test_a_share_of_many_parts_says_how_many_are_left(tmp_path, capsys):
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in range(4):
        (texts / f"{number}.txt").write_text(made_up(60) * 250, encoding="utf-8")
    command = ("prepare", texts, "--out", tmp_path / "ids", "--workers", 1, "--shard")
    assert lmkit(*command, "1/2") == 0
    assert "parts are counted; when the other shards are" in capsys.readouterr().err
    assert lmkit(*command, "2/2") == 0
    assert "parts are encoded; when the others are" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--shard", "3/2"], 2, "--shard is a share from 1/N to N/N"),
        (["--vocab", "nowhere"], 3, "there is no vocabulary in nowhere"),
        (["--vocab", "english", "--unit", "bpe"], 2, "leave --unit and --set out"),
        (["--set", "hidden=3"], 2, "no setting of the text named 'hidden'"),
        (["--workers", "0"], 2, "workers"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(text, tmp_path, capsys, words, code, message):
    assert lmkit("prepare", text, "--out", tmp_path / "ids", *words) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "ids").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--unit", "bpe"], "was prepared with unit = word, not bpe"),
        (["--set", "lowercase=true"], "was prepared with lowercase = False, not True"),
        (["my.txt"], "cannot be mixed with other texts"),
    ],
)
def test_training_that_asks_for_other_ids_is_refused(
    text, tmp_path, capsys, monkeypatch, words, message
):
    monkeypatch.chdir(tmp_path)
    assert lmkit("prepare", text, "--out", "ids", "--quiet") == 0
    assert trained("model", "ids", *words) == 2
    assert message in capsys.readouterr().err


def test_a_validation_text_is_read_with_the_vocabulary_of_the_ids(text, tmp_path, capsys):
    valid = tmp_path / "valid.txt"
    valid.write_text("the cat went home .\nzebras ran .\n", encoding="utf-8")
    assert lmkit("prepare", text, "--out", tmp_path / "ids", "--quiet") == 0
    assert trained(tmp_path / "model", tmp_path / "ids", "--valid", valid) == 0
    capsys.readouterr()
    metrics = (tmp_path / "model" / "metrics.jsonl").read_text("utf-8").splitlines()
    first = next(json.loads(line) for line in metrics if '"prepared"' in line)
    assert first["valid_words"] == 6 + 4


def test_a_damaged_folder_is_refused(text, tmp_path, capsys):
    ids = tmp_path / "ids"
    assert lmkit("prepare", text, "--out", ids, "--quiet") == 0
    content = bytearray((ids / "train.bin").read_bytes())
    content[7] ^= 1
    (ids / "train.bin").write_bytes(content)
    assert trained(tmp_path / "model", ids) == 4
    error = capsys.readouterr().err
    assert "train.bin is not what was written; prepare it again with --force" in error
    assert error.count("\n") == 1


def test_the_vocabulary_of_a_model_may_be_taken(text, tmp_path, model_folder):
    ids = tmp_path / "ids"
    command = ("prepare", text, "--out", ids, "--vocab", model_folder, "--quiet")
    assert lmkit(*command) == 0
    assert (ids / "tokenizer.json").read_bytes() == (model_folder / "tokenizer.json").read_bytes()
    assert trained(tmp_path / "model", ids, "--from", model_folder) == 0


def test_ids_of_another_vocabulary_than_that_of_the_base_are_refused(
    text, tmp_path, model_folder, capsys
):
    assert lmkit("prepare", text, "--out", tmp_path / "ids", "--quiet") == 0
    assert trained(tmp_path / "model", tmp_path / "ids", "--from", model_folder) == 2
    assert "prepare the text with --vocab" in capsys.readouterr().err


def test_shards_are_read_strictly():
    assert parse_shard("2/4") == (2, 4)
    for wrong in ("", "2", "0/4", "5/4", "-1/4", "1/0", "a/b", "1/4/2", "²/4"):
        with pytest.raises(UsageError, match="for example 2/4"):
            parse_shard(wrong)


def test_settings_and_vocabularies_are_checked_at_the_door(tmp_path):
    assert tokenizer_config("bpe", ["vocab_size=300"]) == TokenizerConfig(
        unit="bpe", vocab_size=300
    )
    with pytest.raises(UnknownNameError):
        tokenizer_config(None, ["sizes=3"])
    (tmp_path / "tokenizer.json").write_text("{}")
    for place in (tmp_path, tmp_path / "tokenizer.json"):
        with pytest.raises(ModelError, match="not a tokenizer that lmkit wrote"):
            open_vocabulary(str(place))


# ---------------------------------------------------------------- kills


@pytest.fixture
def started(tmp_path):
    """Start a preparation of small parts in a process of its own; the answer is the process."""
    script = tmp_path / "small_parts.py"
    script.write_text(SMALL_PARTS, encoding="utf-8")

    def start(source, out, *options):
        command = [
            sys.executable,
            str(script),
            "prepare",
            str(source),
            "--out",
            str(out),
            "--quiet",
        ]
        return subprocess.Popen([*command, *map(str, options)], stderr=subprocess.PIPE)

    return start


def wait_for_markers(out, wanted, process):
    """Wait until so many parts have markers, or the process has ended."""
    parts = Path(out) / "parts"
    while process.poll() is None:
        if len(list(parts.glob("*.json")) if parts.is_dir() else []) >= wanted:
            return
        os.sched_yield()


def children_of(process):
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    pids = [int(pid) for pid in path.read_text("ascii").split()]
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids}
    return [pid for pid, command in commands.items() if b"spawn_main" in command]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize("markers", [1, 13])
@pytest.mark.parametrize("victim", ["worker", "command"])
def test_a_kill_at_any_moment_costs_no_bytes(long_text, tmp_path, started, markers, victim):
    out = tmp_path / "ids"
    process = started(long_text, out, "--workers", 2)
    wait_for_markers(out, markers, process)
    if process.poll() is None:
        workers = children_of(process)
        if victim == "worker" and workers:
            os.kill(workers[0], signal.SIGKILL)
        elif victim == "command":
            process.kill()
    error = process.communicate()[1].decode()
    if victim == "worker" and process.returncode:
        assert process.returncode == 1
        assert "a worker process was killed" in error
        assert error.count("\n") == 1
    again = started(long_text, out, "--workers", 1)
    assert again.communicate()[1] == b""
    assert again.returncode == 0
    assert not (out / "parts").exists()
    whole = started(long_text, tmp_path / "whole", "--workers", 1)
    assert whole.communicate()[1] == b""
    for name in BYTES:
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_tokenizer_for_other_programs_gives_way_to_ours_beside_it(model_folder, tmp_path):
    folder = tmp_path / "onnx"
    folder.mkdir()
    (folder / "tokenizer.json").write_text('{"model": {}}', encoding="utf-8")
    (folder / "lmkit.json").write_bytes((model_folder / "tokenizer.json").read_bytes())
    found = open_vocabulary(str(folder))
    assert found.to_json() == open_vocabulary(str(model_folder)).to_json()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_ctrl_c_keeps_what_is_done(long_text, tmp_path, started):
    out = tmp_path / "ids"
    process = started(long_text, out, "--workers", 2)
    wait_for_markers(out, 2, process)
    process.send_signal(signal.SIGINT)
    error = process.communicate()[1].decode()
    assert process.returncode in (130, 0)
    if process.returncode:
        assert error == "interrupted; the finished parts are kept: continue with the same command\n"
    again = started(long_text, out)
    assert again.communicate()[1] == b""
    assert again.returncode == 0
