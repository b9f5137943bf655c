"""A server as a process of its own: how it starts, ends, and treats slow clients."""

import asyncio
import http.client
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import FastAPI

from lmkit.core.errors import LmkitError, UsageError
from lmkit.serve.options import ServeOptions
from lmkit.serve.run import _is_fault, run_server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(model_folder):
    """Start `lmkit serve`; yields the process and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "lmkit", "serve", str(model_folder), "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        _wait_until_it_answers(port)
        yield process, port
    finally:
        process.kill()
        process.communicate()


def _wait_until_it_answers(port):
    for _ in range(600):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not start")


def ask(port, body, route="/v1/completions"):
    with closing(http.client.HTTPConnection("localhost", port, timeout=60)) as connection:
        connection.request("POST", route, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()


def counters(port):
    with closing(http.client.HTTPConnection("localhost", port, timeout=60)) as connection:
        connection.request("GET", "/metrics")
        return connection.getresponse().read()


def test_running_answers_end_and_new_ones_are_refused_after_sigterm(server):
    process, port = server
    found = []
    body = {"prompt": "the cat", "max_tokens": 600, "seed": 1}
    asking = threading.Thread(target=lambda: found.append(ask(port, body)))
    asking.start()
    for _ in range(500):
        if b"lmkit_rows 1.0" in counters(port):
            break
    process.send_signal(signal.SIGTERM)
    asking.join()
    process.wait(timeout=30)
    [(status, content)] = found
    assert status == 200
    assert json.loads(content)["usage"]["completion_tokens"] == 600
    with pytest.raises(OSError):  # noqa: PT011  # refused or reset, as the system has it
        ask(port, body)


def test_an_answer_that_the_end_cuts_off_is_no_fault_to_log():
    def record(error):
        info = (type(error), error, None)
        return logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "failed", (), info)

    assert not _is_fault(record(asyncio.CancelledError()))
    assert _is_fault(record(ValueError()))
    assert _is_fault(logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "said", (), None))


def test_a_port_that_is_taken_is_told_before_anything_is_announced():
    announced = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LmkitError, match="is taken by another program"):
            run_server(FastAPI(), ServeOptions(), port=port, on_listening=announced.append)
    assert announced == []


def test_an_address_others_reach_is_refused_without_a_key():
    with pytest.raises(UsageError, match="no key"):
        run_server(FastAPI(), ServeOptions(host="0.0.0.0"), port=0)
