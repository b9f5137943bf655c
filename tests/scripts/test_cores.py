"""What a bench starts has every core, also where the bench bound itself to one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "scripts" / "bench"
COUNT = "import os; print(len(os.sched_getaffinity(0)))"
STARTED_BY = """
import os, subprocess, sys
sys.path.insert(0, {folder!r})
import {bench}
from cores import every_core
with every_core():
    subprocess.run([sys.executable, "-c", {count!r}], check=True)
print(len(os.sched_getaffinity(0)), flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no process is bound here")
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is but one core")
@pytest.mark.parametrize("bench", ["speedrun", "novels"])
def test_what_a_bound_bench_starts_is_free(bench: str) -> None:
    script = STARTED_BY.format(folder=str(BENCH), bench=bench, count=COUNT)
    bound = {**os.environ, "OMP_PROC_BIND": "true"}
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=bound
    ).stdout.split()
    assert shown == [str(len(os.sched_getaffinity(0))), "1"]
