"""The benches of serving on a tiny server: each figure is there, and none failed."""

import argparse
import asyncio
from typing import Any

import pytest

from .conftest import bench_module

WORDS = ("the", "cat", "dog", "sat", "on", "mat", "house", "saw") * 50


@pytest.fixture(scope="module")
def serving(server_process: Any) -> Any:
    return bench_module("serving")


@pytest.mark.slow
def test_every_figure_is_measured(
    serving: Any, server_process: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("PLAIN", 20), ("TYPED", 10), ("TOKENS", 4), ("ALONE", 2)):
        monkeypatch.setattr(serving, name, value)
    asked = argparse.Namespace(clients=4, requests=40, limits=False, minutes=0.02, only=None)
    found = asyncio.run(serving.measure(server_process, WORDS, asked))
    assert found["mixed"]["failures"] == found["drift"]["failures"] == {}
    assert found["mixed"]["requests"] == 40
    assert found["batching"]["together"]["tokens"] == 4 * 2 * 4
    assert found["next"]["requests"] == 9
    assert set(found["framework"]) == {"health_cpu_ms", "tokenize_cpu_ms"}
    assert found["drift"]["requests"] > 0
    assert abs(found["drift"]["drift"]) < 1


def test_one_part_is_measured_by_itself(
    serving: Any, server_process: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(serving, "PLAIN", 20)
    asked = argparse.Namespace(
        clients=2, requests=9, limits=True, minutes=0.01, only=["framework", "drift"]
    )
    found = asyncio.run(serving.measure(server_process, WORDS, asked))
    assert set(found) == {"framework", "drift"}
    assert found["drift"]["kept_after_mb"] >= found["drift"]["kept_before_mb"] >= 0
    assert abs(found["drift"]["drift_without_kept"]) < 1


def test_a_request_at_a_limit_is_answered_with_little_memory(
    server_process: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = bench_module("serving_limits")
    requests = limits.requests_at_limits(WORDS * 12)
    quick = {name: requests[name] for name in ("prompt_tokens", "answers", "body_bytes")}
    monkeypatch.setattr(limits, "requests_at_limits", lambda words: quick)
    found = asyncio.run(limits.measure_limits(server_process, WORDS))
    assert set(found) == set(quick)
    for name, growth in found.items():
        assert growth["status"] == 200, name
        assert growth["peak_mb"] < 64, name


def test_a_server_process_has_time_and_memory(server_process: Any) -> None:
    assert server_process.cpu_seconds() > 0
    assert server_process.memory() > 10


def test_a_server_that_ends_at_once_is_an_error(server_process: Any) -> None:
    process = bench_module("server_process")
    with (
        pytest.raises(RuntimeError, match="the server ended with 3"),
        process.running_server(["/nowhere"]),
    ):
        pytest.fail("it did not end")


def test_the_server_answers_every_question_of_the_comparison(server: str) -> None:
    peers = bench_module("serving_peers")
    found = asyncio.run(peers.answers(server, "cats"))
    assert set(found.values()) == {"yes"}


def test_servers_that_are_not_there_answer_nothing() -> None:
    peers = bench_module("serving_peers")
    found = asyncio.run(peers.answers("http://127.0.0.1:1", "m"))
    assert set(found.values()) == {"no answer"}
