"""Choice of a device, values moved to it, and the setting of memory as the system counts it."""

import os
import platform
import subprocess
import sys

import pytest
import torch
from torch import nn

from lmkit.core.devices import (
    choose_device,
    device_of,
    has_device_bfloat16,
    keep_freed_memory,
    precise_dtype,
    prepare_cuda,
)
from lmkit.core.errors import UnknownNameError, UsageError

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


@pytest.fixture
def own_settings(monkeypatch):
    """Settings of CUDA that are set back: a machine without it takes them too."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    before = torch.backends.cudnn.allow_tf32
    yield
    torch.backends.cudnn.allow_tf32 = before


@pytest.mark.usefixtures("own_settings")
def test_auto_takes_the_best_device_there_is(monkeypatch):
    for kinds, expected in (
        ((True, True), "cuda"),
        ((False, True), "mps"),
        ((False, False), "cpu"),
    ):
        monkeypatch.setattr(torch.cuda, "is_available", lambda kinds=kinds: kinds[0])
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda kinds=kinds: kinds[1])
        assert choose_device() == torch.device(expected)
        assert choose_device("cpu") == torch.device("cpu")


@pytest.mark.usefixtures("own_settings")
def test_cuda_is_set_up_when_it_is_chosen(monkeypatch):
    torch.backends.cudnn.allow_tf32 = True
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    choose_device("cpu")
    assert torch.backends.cudnn.allow_tf32
    choose_device("cuda")
    assert not torch.backends.cudnn.allow_tf32
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:2"


@pytest.mark.usefixtures("own_settings")
def test_workspaces_that_the_user_has_chosen_stay(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    prepare_cuda()
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


@pytest.mark.parametrize(("kind", "expected"), [("cuda", True), ("mps", False), ("cpu", False)])
def test_bfloat16_of_a_device_is_that_of_cuda(monkeypatch, kind, expected):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    assert has_device_bfloat16(torch.device(kind)) == expected


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused_in_one_sentence(monkeypatch, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UsageError, match=f"no {name} device.*--device auto"):
        choose_device(name)


def test_a_mistyped_device_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'cuda'"):
        choose_device("cudda")


def test_the_device_of_a_module_is_that_of_its_weights():
    assert device_of(nn.Linear(2, 2)).type == "cpu"
    assert device_of(nn.Linear(2, 2, device="meta")).type == "meta"
    assert device_of(nn.Identity()).type == "cpu"


def test_float64_is_avoided_where_a_device_has_none():
    assert precise_dtype(torch.device("cpu")) == torch.float64
    assert precise_dtype(torch.device("mps")) == torch.float32
