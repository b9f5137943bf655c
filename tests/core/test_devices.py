"""What the process is told about memory holds, as the system counts it."""

import platform
import subprocess
import sys

import pytest

from lmkit.core.devices import keep_freed_memory

COUNTED = """
import resource
import torch
from lmkit.core.devices import keep_freed_memory

SIZE = 16_000_000  # floats: 64 MB, more than glibc keeps by itself

def faults():
    torch.zeros(SIZE).add_(1.0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def each(times=5):
    began = faults()
    for _ in range(times):
        ended = faults()
    return (ended - began) / times

before = each()
keep_freed_memory()
each()  # the heap grows at first, now and then by more than one token
print(before, each())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_memory_that_was_freed_is_there_for_the_next():
    run = subprocess.run(
        [sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True
    )
    before, after = map(float, run.stdout.split())
    assert after < before / 10


def test_elsewhere_nothing_is_changed(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()
