"""Real processes, as torchrun starts them: one voice, and the same bytes after one was killed."""

import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing import forkserver
from pathlib import Path

import pytest
from torch.distributed import TCPStore

from lmkit.cli.app import exit_code
from lmkit.cli.interrupt import Interrupts
from lmkit.cli.together import asked_or_orphaned
from lmkit.training.checkpoint import load_checkpoint

if sys.platform != "linux":
    pytest.skip("processes are forked otherwise there", allow_module_level=True)

PRELOADED = ["lmkit.cli.train", "lmkit.recipes.pipeline", "lmkit.presets", "torch._dynamo"]
BY_STEPS = ("checkpoint_steps=5", "checkpoint_minutes=1000")
SIZES = ("hidden=8", "embedding=8", "batch=4", "time=8", "validations=3", *BY_STEPS)
PATIENCE = 120.0  # seconds for a process that ends by itself; a busy machine needs some
UNDISTURBED: list[bytes] = []  # weights, once they are there
RANKS = '''
"""Processes for the tests, which others import."""
import os
import signal
import sys

from lmkit.training.step import TrainStep


def kill_at(step, number):
    """Send this process a signal at the beginning of a step."""
    take = TrainStep.take

    def taken(self, cursor, **more):
        if cursor == step:
            os.kill(os.getpid(), number)
        return take(self, cursor, **more)

    TrainStep.take = taken


def rank(words, environment, log, killed):
    """Be one of several processes of torchrun, which says what it says in a file."""
    os.environ.update(environment)
    for stream, place in ((sys.stdout, 1), (sys.stderr, 2)):
        os.dup2(os.open(f"{log}.{place}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), place)
    if killed:
        kill_at(*killed)
    from lmkit.cli.app import run

    run(words)


if __name__ == "__main__":  # as the program that torchrun starts
    if os.environ["TORCHELASTIC_RESTART_COUNT"] == "0" and os.environ["RANK"] == "1":
        kill_at(8, signal.SIGKILL)
    from lmkit.__main__ import main

    main()
'''


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """Sixty lines of a few words; the folder is for everything else, the cache as well."""
    path = tmp_path / "text.txt"
    path.write_text("the cat sat on the mat\nand we went home , she said .\n" * 30, "utf-8")
    (tmp_path / "ranks_of_tests.py").write_text(RANKS, "utf-8")
    return path


@pytest.fixture
def train(text, tmp_path, monkeypatch):
    """Train in two processes; the answer is the exit code of each and what it said."""
    monkeypatch.syspath_prepend(str(tmp_path))
    import ranks_of_tests

    context = multiprocessing.get_context("forkserver")
    server = forkserver._forkserver
    if server._preload_modules != PRELOADED:
        server._stop()  # that of another test, which has loaded other modules
    context.set_forkserver_preload(PRELOADED)
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)  # as torchrun's
    environment = {
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(store.port),
        "TORCHELASTIC_RUN_ID": f"job of {tmp_path.name}",
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }

    def trained(
        out="model", *more, killed=None, by=signal.SIGKILL, outs=None, ranks=(0, 1), **variables
    ):
        processes = []
        for rank in ranks:
            words = command(text, tmp_path / (outs[rank] if outs else out), *more)
            own = {**environment, "RANK": str(rank), "LOCAL_RANK": str(rank), **variables}
            at = (killed[1], by) if killed and killed[0] == rank else None
            given = (words, own, str(tmp_path / f"log-{rank}"), at)
            processes.append(context.Process(target=ranks_of_tests.rank, args=given))
        for process in processes:
            process.start()
        for process in processes:
            process.join(PATIENCE)
        said = [(tmp_path / f"log-{rank}.2") for rank in (0, 1)]
        said = [log.read_text("utf-8") if log.is_file() else "" for log in said]
        return [process.exitcode for process in processes], said

    yield trained
    del store


def command(text: Path, out: Path, *more: str) -> list[str]:
    sizes = [word for size in SIZES for word in ("--set", size)]
    return ["train", str(text), "--out", str(out), *sizes, "--epochs", "2", "--no-ngram", *more]


def weights(out: Path) -> bytes:
    return (out / "model.safetensors").read_bytes()


@pytest.fixture
def whole(train, tmp_path) -> bytes:
    """Weights of a run that nobody disturbed, trained once: the text is the same in every test."""
    if not UNDISTURBED:
        codes, (leader, follower) = train("whole", "--json")
        assert codes == [0, 0]
        assert "2 processes train together" in leader
        assert follower == ""
        assert (tmp_path / "log-0.1").read_text("utf-8").startswith("{")
        assert (tmp_path / "log-1.1").read_text("utf-8") == ""
        UNDISTURBED.append(weights(tmp_path / "whole"))
    return UNDISTURBED[0]


@pytest.mark.timeout(PATIENCE * 5)
def test_a_killed_process_ends_the_other_and_the_restart_ends_with_the_same_bytes(
    train, tmp_path, whole
):
    codes, (leader, _) = train(killed=(1, 8))
    assert codes == [1, -signal.SIGKILL]
    assert leader.splitlines()[-1].startswith("lmkit: process 0 of 2 has lost another one (")
    assert leader.splitlines()[-1].endswith("with the same `lmkit train` command and --resume")
    assert load_checkpoint(tmp_path / "model" / "training" / "forward")["trainer"]["step"] == 5
    codes, (_, follower) = train(killed=(0, 12))
    assert codes == [-signal.SIGKILL, 1]
    assert len(follower.splitlines()) == 1
    assert load_checkpoint(tmp_path / "model" / "training" / "forward")["trainer"]["step"] == 10
    assert train()[0] == [0, 0]
    assert weights(tmp_path / "model") == whole


@pytest.mark.timeout(PATIENCE * 5)
def test_a_request_to_terminate_one_process_stops_and_saves_all(train, tmp_path):
    codes, (leader, follower) = train(killed=(1, 7), by=signal.SIGTERM)
    assert codes == [130, 130]
    assert leader.splitlines()[-1].startswith("stopped and saved; go on with: lmkit train")
    assert follower == ""
    assert load_checkpoint(tmp_path / "model" / "training" / "forward")["trainer"]["step"] == 8


@pytest.mark.timeout(PATIENCE * 5)
def test_what_a_user_did_wrong_is_said_once_and_every_process_has_its_exit_code(train, text):
    text.unlink()
    codes, (leader, follower) = train()
    assert codes == [4, 4]
    assert len(leader.splitlines()) == 1
    assert follower == ""


@pytest.mark.timeout(PATIENCE * 5)
def test_torchrun_starts_the_processes_anew_when_one_was_killed(text, tmp_path, whole):
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    words = [*torchrun, "--max-restarts", "1", str(tmp_path / "ranks_of_tests.py")]
    done = subprocess.run(
        [*words, *command(text, tmp_path / "model")],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("2 processes train together") == 2
    assert weights(tmp_path / "model") == whole


def test_a_process_whose_torchrun_has_died_stops(monkeypatch):
    stop = asked_or_orphaned(Interrupts())
    assert not stop()
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert stop()


def test_a_process_that_was_asked_stops():
    interrupts = Interrupts()
    interrupts.listen()
    stop = asked_or_orphaned(interrupts)
    interrupts.note(signal.SIGTERM, None)
    assert stop()


@pytest.mark.timeout(PATIENCE * 5)
def test_the_machine_with_the_checkpoint_leads_though_it_was_started_second(train, tmp_path, whole):
    assert train(killed=(0, 8))[0] == [-signal.SIGKILL, 1]
    (tmp_path / "model").rename(tmp_path / "of-the-second")
    outs = {0: "of-the-first", 1: "of-the-second"}
    codes, (first, second) = train(outs=outs)
    assert codes == [0, 0]
    assert first == ""
    assert "2 processes train together" in second
    assert not (tmp_path / "of-the-first").exists()
    assert weights(tmp_path / "of-the-second") == whole


@pytest.mark.timeout(PATIENCE * 5)
def test_a_single_process_of_torchrun_is_one_process(train, text, tmp_path):
    alone = tmp_path / "alone"
    assert exit_code([*command(text, alone), "--quiet"]) == 0
    codes, (said, _) = train(ranks=(0,), WORLD_SIZE="1")
    assert codes == [0]
    assert "processes" not in said
    assert weights(tmp_path / "model") == weights(alone)
