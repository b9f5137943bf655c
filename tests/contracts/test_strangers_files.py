"""Files of somebody else in a model folder stay as they are, whatever happens to the training.

Each training is a process of its own, so that it can be killed; all are forked from one that has
loaded what they need.
"""

import multiprocessing
import os
import random
import shutil
import signal
import sys
import time

import pytest

from lmkit.archive.describe import describe_folder
from lmkit.cli.app import run

if sys.platform != "linux":
    pytest.skip("processes are forked and limited otherwise there", allow_module_level=True)

import resource

PRELOADED = ["lmkit.cli.train", "lmkit.recipes.pipeline", "lmkit.presets", "torch._dynamo"]
SIZES = ("hidden=8", "embedding=8", "batch=2", "time=8", "samples=8", "validations=8")
KILLS = 10
ENDLESS = 1_000_000  # epochs that no machine is through with before the kill
FULL = (1 << 10, 6 << 10, 20 << 10)  # bytes that a file may have: a disk that is full
PATIENCE = 120.0  # seconds for a process that is not killed; a busy machine needs some


@pytest.fixture(scope="module")
def forked():
    """A maker of processes, each forked from one that has loaded lmkit."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@pytest.fixture
def train(forked, tmp_path):
    """Start a training in a process of its own; the answer is the process."""
    text = tmp_path / "text.txt"
    text.write_text("the cat sat on the mat\nand we went home , she said .\n" * 12, "utf-8")

    def started(*more, epochs=4):
        options = [word for size in SIZES for word in ("--set", size)]
        options += ["--set", "checkpoint_minutes=1e-6", "--epochs", str(epochs), "--quiet"]
        words = ["train", str(text), "--out", str(tmp_path / "model"), *options, *more]
        process = forked.Process(target=run, args=(words,))
        process.start()
        return process

    return started


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "model"


def ended(process):
    """Wait for a process; the answer is its exit code."""
    process.join(PATIENCE)
    assert process.exitcode is not None
    return process.exitcode


def put_strangers(folder):
    """Put files into a folder that lmkit never wrote, and return what they are."""
    (folder / "papers" / "old").mkdir(parents=True)
    (folder / "training").mkdir(exist_ok=True)
    (folder / "notes.txt").write_text("mine", "utf-8")
    (folder / ".hidden").write_bytes(b"")
    (folder / "photo.jpg").write_bytes(bytes(range(256)) * 40)
    (folder / "config.json.bak").write_text("{}", "utf-8")
    (folder / "papers" / "old" / "draft.safetensors").write_bytes(b"no weights")
    (folder / "training" / "diary.md").write_text("day 1", "utf-8")
    (folder / "link").symlink_to(folder / "notes.txt")
    for number, path in enumerate(sorted(folder.rglob("*"))):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (10**9 + number, 10**9 + number))
    return strangers(folder)


def strangers(folder):
    """Return content and time of the files that lmkit never wrote."""
    names = ("notes.txt", ".hidden", "photo.jpg", "config.json.bak")
    paths = [folder / name for name in names]
    paths += [folder / "papers" / "old" / "draft.safetensors", folder / "training" / "diary.md"]
    kept = {path: (path.read_bytes(), path.stat().st_mtime) for path in paths if path.exists()}
    return {**kept, "link": (folder / "link").readlink()}


def assert_whole(folder):
    """Check every file of the model in a folder against its checksum."""
    assert describe_folder(folder)["direction"] == "forward"


def wait_for(path, process):
    until = time.monotonic() + PATIENCE
    while not path.exists() and process.is_alive() and time.monotonic() < until:
        time.sleep(0.002)


def test_a_folder_with_files_alone_is_no_place_to_train(train, folder):
    folder.mkdir()
    before = put_strangers(folder)
    assert [ended(train()), ended(train("--force")), ended(train("--resume"))] == [2, 2, 3]
    assert strangers(folder) == before


def test_files_put_there_meanwhile_survive_the_end_force_and_resume(train, folder):
    first = train()
    wait_for(folder / "training" / "run.json", first)
    before = put_strangers(folder)
    assert ended(first) == 0
    assert strangers(folder) == before
    assert ended(train("--resume", epochs=6)) == 0
    assert strangers(folder) == before
    assert ended(train("--force")) == 0
    assert strangers(folder) == before
    assert_whole(folder)


def test_files_survive_a_kill_at_ten_random_moments(train, folder):
    began = time.monotonic()
    assert ended(train()) == 0
    whole_run = time.monotonic() - began
    before = put_strangers(folder)
    chance = random.Random(0)
    for number in range(KILLS):
        process = train("--resume" if number % 2 else "--force", epochs=ENDLESS)
        time.sleep(chance.uniform(0.0, whole_run))
        process.kill()
        assert ended(process) == -signal.SIGKILL
        assert strangers(folder) == before
        assert_whole(folder)
    assert ended(train("--force")) == 0
    assert strangers(folder) == before
    assert not [path for path in folder.iterdir() if path.name.startswith(".lmkit")]


def test_files_survive_a_kill_while_the_model_is_written(train, folder):
    assert ended(train()) == 0
    before = put_strangers(folder)
    chance = random.Random(0)
    for number in range(KILLS // 2):
        process = train("--force", epochs=4 + number)
        wait_for(folder / "training" / "run.json", process)
        time.sleep(chance.uniform(0.0, 0.1))
        process.kill()
        assert ended(process) in (0, -signal.SIGKILL)  # a quick machine is done by then
        assert strangers(folder) == before
        assert_whole(folder)


@pytest.mark.parametrize("option", ["--force", "--resume"])
def test_files_survive_a_full_disk(train, folder, tmp_path, option):
    assert ended(train()) == 0
    before = put_strangers(folder)
    model = (folder / "manifest.json").read_bytes()
    shutil.copytree(folder, tmp_path / "copy", symlinks=True)
    for size in FULL:
        process = train(option, epochs=6)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, size))
        code = ended(process)
        assert code in (0, 1)
        assert strangers(folder) == before
        assert_whole(folder)
        if code:
            assert (folder / "manifest.json").read_bytes() == model
            shutil.rmtree(folder)
            shutil.copytree(tmp_path / "copy", folder, symlinks=True)
