"""Moments, processes and figures of the bench of two processes."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def ranks(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("ranks")


def test_the_command_trains_from_nothing_with_the_settings(ranks: ModuleType) -> None:
    words = ranks.command(Path("t.txt"), Path("m"), ("hidden=8",), "--epochs", "2")
    assert words[:4] == ["train", "t.txt", "--out", "m"]
    assert words[words.index("--from") + 1] == "none"
    assert words[-4:] == ["--set", "hidden=8", "--epochs", "2"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such list of processes")
def test_the_processes_that_one_has_started_are_found(ranks: ModuleType) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        assert started.pid in ranks.children(os.getpid())
        assert ranks.children(started.pid) == []
        started.communicate(b"\n")
    assert ranks.children(started.pid) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such list of processes")
def test_processes_are_killed_again_and_again_and_new_ones_are_waited_for(
    ranks: ModuleType, tmp_path: Path
) -> None:
    """The program keeps two processes alive, as torchrun does, until three pairs were killed."""
    program = tmp_path / "pairs.py"
    program.write_text(
        "import subprocess, sys\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "for _ in range(3):\n"
        "    pair = [subprocess.Popen(sleep), subprocess.Popen(sleep)]\n"
        "    while all(each.poll() is None for each in pair):\n"
        "        pass\n"
        "    [each.kill() for each in pair]\n"
        "    [each.wait() for each in pair]\n",
        "utf-8",
    )
    run = ranks.started([sys.executable, str(program)], threads=1, log=tmp_path / "log")
    done = ranks._kill_again_and_again(run, [0] * 5, lambda: 7, random.Random(0))
    assert run.wait() == 0
    assert len(done) == 3
    assert {each["rank"] for each in done} <= {0, 1}
    assert {each["step"] for each in done} == {7}


def test_the_events_of_a_model_are_read(ranks: ModuleType, tmp_path: Path) -> None:
    events = [{"event": "saved", "seconds": 0.1}, {"event": "finished"}]
    lines = "".join(json.dumps(event) + "\n" for event in events)
    (tmp_path / "metrics.jsonl").write_text(lines, "utf-8")
    assert ranks.events_of(tmp_path) == events


def test_a_process_that_has_ended_cannot_be_killed_and_that_is_no_error(ranks: ModuleType) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    ranks._kill(ended.pid)
    assert ended.returncode == 0


def test_kills_are_spread_over_the_run_and_none_comes_too_late(ranks: ModuleType) -> None:
    found = ranks.moments(1000, 10, random.Random(0))
    assert found == sorted(found)
    assert len(found) == 10
    assert 0 <= found[0] < 100
    assert 850 <= found[-1] <= 950


def test_the_last_step_is_that_of_the_log(ranks: ModuleType, tmp_path: Path) -> None:
    assert ranks.last_step(tmp_path) == -1
    (tmp_path / "metrics.jsonl").write_text('{"event": "prepared"}\n', "utf-8")
    assert ranks.last_step(tmp_path) == -1
    with (tmp_path / "metrics.jsonl").open("a") as log:
        log.write('{"event": "saved", "step": 40}\n{"event": "progress", "step": 30}\n')
    assert ranks.last_step(tmp_path) == 40
