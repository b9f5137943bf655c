"""The command as a process of its own, before any command is loaded."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INTERRUPTED_WHILE_LOADING = """
import builtins, signal, sys
from lmkit import __main__
load = builtins.__import__
def interrupted(name, *rest, **more):
    if name == "lmkit.cli.app":
        signal.raise_signal(signal.SIGINT)
    return load(name, *rest, **more)
signal.signal(signal.SIGINT, signal.default_int_handler)
builtins.__import__ = interrupted
__main__.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_an_interrupt_while_the_commands_are_loaded_is_one_line():
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_LOADING],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (ended.returncode, ended.stderr) == (130, "lmkit: interrupted\n")
    assert signal.Signals.SIGINT.value + 128 == ended.returncode
