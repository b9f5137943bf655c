"""schemathesis over the server's own description: no 5xx, and no answer that it does not describe.

`scripts/bench/description.py` has the long form.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import bench_module

pytest.importorskip("schemathesis", reason="the package schemathesis is not installed")


@pytest.mark.slow
def test_no_request_gets_an_answer_that_is_not_described(
    server_process: Any, tmp_path: Path
) -> None:
    asked = argparse.Namespace(max_examples=3, seed=1)
    found = bench_module("description").tried(server_process, tmp_path, asked)
    assert found["exit_code"] == 0
    assert found["failures"] == {}
    assert len(found["operations"]) > 17
    assert found["statuses"]["200"] > 0


def test_requests_and_failures_are_counted_by_operation() -> None:
    def scenario(label: str, status: int, *checks: str) -> str:
        told = [{"name": "a check", "status": each} for each in checks]
        exchange = {"request": {}, "response": {"status_code": status} if status else None}
        recorder = {"label": label, "interactions": {"1": exchange}, "checks": {"1": told}}
        return json.dumps({"ScenarioFinished": {"recorder": recorder}})

    lines = [
        '{"Initialize": {}}',
        scenario("GET /a", 200, "success"),
        scenario("GET /a", 500, "success", "failure"),
        scenario("GET /b", 0),
        '{"ScenarioFinished": {"recorder": {"label": "GET /c"}}}',
    ]
    assert bench_module("description").summary(lines) == {
        "requests": 3,
        "operations": {"GET /a": 2, "GET /b": 1},
        "statuses": {"0": 1, "200": 1, "500": 1},
        "failures": {"GET /a: a check": 1},
    }
