"""The engine of the page against Python, by node's own test runner and without a browser."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests" / "js" / "engine"


def run_node(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    return subprocess.run(
        [node, *arguments],
        env={**os.environ, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_page_answers_as_python_does_from_the_same_weights(case_folder):
    done = run_node("--test", str(TESTS / "equality.test.js"), LMKIT_PAGE_CASES=str(case_folder))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "# skipped 0" in done.stdout
