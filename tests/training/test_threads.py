"""Threads of a run follow the free cores and come back."""

import pytest
import torch

from lmkit.training.threads import ThreadsByLoad, is_left_to_us


class Cores:
    """A machine whose free cores are set by hand."""

    def __init__(self, free):
        self.free = free

    def count(self):
        return self.free


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_threads_follow_the_free_cores_in_both_directions():
    cores = Cores(2)
    threads = ThreadsByLoad(cores)
    seen = []
    for cores.free in (2, 1, 1, 2):
        threads.adjust()
        seen.append(torch.get_num_threads())
    assert seen == [2, 1, 1, 2]


def test_more_threads_than_at_first_are_never_taken():
    threads = ThreadsByLoad(Cores(16))
    threads.adjust()
    assert torch.get_num_threads() == 2


def test_restore_gives_back_the_number_before_the_run():
    threads = ThreadsByLoad(Cores(1))
    threads.adjust()
    threads.restore()
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_PROC_BIND"])
def test_a_user_who_set_the_threads_keeps_them(monkeypatch, name):
    for other in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_PROC_BIND"):
        monkeypatch.delenv(other, raising=False)
    assert is_left_to_us()
    monkeypatch.setenv(name, "1")
    assert not is_left_to_us()
