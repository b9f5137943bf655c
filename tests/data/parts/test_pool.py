import os
import signal
import subprocess
import sys
from multiprocessing import forkserver, get_all_start_methods
from pathlib import Path

import pytest

from lmkit.core.errors import DataError, LmkitError
from lmkit.data.parts.pool import WorkerPool, begin_worker, start_server
from lmkit.text.token_counter import Wanted

ORPHANS = """
import sys, time
from lmkit.data.parts.pool import WorkerPool
if __name__ == "__main__":
    with WorkerPool(2) as pool:
        print(*pool.run(abs, [1, 2]), flush=True)
        processes = [str(process.pid) for process in pool._pool._processes.values()]
        print(*processes, flush=True)
        sys.stdin.read()
"""


def fail(number):
    raise DataError(f"number {number} is no text")


def test_one_worker_is_this_process():
    with WorkerPool(1) as pool:
        assert list(pool.run(lambda _: os.getpid(), [1, 2])) == [os.getpid()] * 2


def test_workers_are_other_processes_and_go_on_for_the_next_tasks():
    with WorkerPool(2) as pool:
        assert sorted(pool.run(abs, range(-5, 0))) == [1, 2, 3, 4, 5]
        assert sorted(pool.run(Wanted(most=1).best, [[("a", 1)], [("b", 2)]])) == [
            [("a", 1)],
            [("b", 2)],
        ]


def test_no_task_starts_no_process():
    with WorkerPool(2) as pool:
        assert list(pool.run(abs, [])) == []
        assert list(pool.run(abs, [-1])) == [1]
        assert pool._pool is None


@pytest.mark.parametrize("workers", [1, 2])
def test_the_error_of_a_task_is_raised_as_it_is(workers):
    with pytest.raises(ValueError, match="invalid literal"), WorkerPool(workers) as pool:
        list(pool.run(int, ["1", "x", "3"]))


def test_a_worker_that_is_killed_is_one_sentence():
    message = "a worker process was killed.*run the same command again"
    with pytest.raises(LmkitError, match=message), WorkerPool(2) as pool:
        list(pool.run(signal.raise_signal, [signal.SIGKILL, signal.SIGKILL]))


@pytest.mark.skipif("forkserver" not in get_all_start_methods(), reason="workers are not forked")
def test_the_server_of_workers_is_started_once_and_outlives_the_signals_of_a_terminal():
    start_server()
    server = forkserver._forkserver._forkserver_pid
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(server, number)
    start_server()
    with WorkerPool(2) as pool:
        assert sorted(pool.run(abs, [-1, 2])) == [1, 2]
    assert forkserver._forkserver._forkserver_pid == server
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()


def test_this_process_cuts_with_one_thread_while_it_works(monkeypatch):
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")
    with WorkerPool(1):
        assert os.environ["TOKENIZERS_PARALLELISM"] == "false"
    assert os.environ["TOKENIZERS_PARALLELISM"] == "true"
    monkeypatch.delenv("TOKENIZERS_PARALLELISM")
    with WorkerPool(1):
        pass
    assert "TOKENIZERS_PARALLELISM" not in os.environ


def test_a_worker_leaves_the_signals_of_a_terminal_to_its_parent():
    code = (
        "import signal\nfrom lmkit.data.parts.pool import begin_worker\nbegin_worker()\n"
        "print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout.strip() == b"True"
    assert callable(begin_worker)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_workers_end_with_a_parent_that_is_killed():
    process = subprocess.Popen(
        [sys.executable, "-c", ORPHANS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert sorted(process.stdout.readline().split()) == [b"1", b"2"]
        workers = [int(pid) for pid in process.stdout.readline().split()]
        assert len(workers) == 2
        process.kill()
        assert process.stdout.read() == b""  # its workers held the pipe open too
    assert not any(is_running(pid) for pid in workers)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").split()[2] not in "ZX"
    except OSError:
        return False
