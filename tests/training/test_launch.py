"""Start by torchrun: its variables, the greeting at the meeting point, and notes of failures."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import torch
from torch.distributed import HashStore, TCPStore

from lmkit.core.errors import LmkitError, UsageError
from lmkit.training import launch as launch_module
from lmkit.training.launch import Failures, Launch, join, launched, meet

BY_TORCHRUN = {
    "RANK": "1",
    "WORLD_SIZE": "4",
    "LOCAL_RANK": "1",
    "MASTER_ADDR": "localhost",
    "MASTER_PORT": "29500",
    "TORCHELASTIC_RUN_ID": "job",
    "TORCHELASTIC_USE_AGENT_STORE": "True",
}
LAUNCH = Launch(
    rank=1, size=4, local_rank=1, name="job", address="localhost", port=29500, is_hosted=True
)


def test_the_variables_of_torchrun_say_which_process_this_is():
    assert launched(BY_TORCHRUN) == LAUNCH


@pytest.mark.parametrize("missing", ["RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_PORT"])
def test_without_them_a_process_is_alone(missing):
    assert launched({k: v for k, v in BY_TORCHRUN.items() if k != missing}) is None
    assert launched({}) is None


def test_a_run_without_a_name_has_that_of_its_parent_which_outlives_restarts():
    unnamed = {k: v for k, v in BY_TORCHRUN.items() if not k.startswith("TORCHELASTIC")}
    first, second = launched(unnamed), launched({**unnamed, "TORCHELASTIC_RUN_ID": "none"})
    assert first.name == second.name
    assert first.name not in ("none", "")
    assert not first.is_hosted


def test_variables_that_are_no_numbers_are_refused():
    with pytest.raises(UsageError, match="RANK=first"):
        launched({**BY_TORCHRUN, "RANK": "first"})


def in_threads(size, work):
    with ThreadPoolExecutor(size) as threads:
        return [f.result() for f in [threads.submit(work, rank) for rank in range(size)]]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_processes_that_meet_agree_on_a_name_that_is_new(size):
    store = HashStore()
    names = set()
    for _ in range(3):
        found = in_threads(size, lambda rank: meet(store, rank, size, look=0.001))
        assert [rank for _, rank in found] == list(range(size))
        (session,) = {session for session, _ in found}
        names.add(session)
    assert len(names) == 3


def test_the_process_with_the_newest_checkpoint_leads():
    store, saved = HashStore(), (0, 7, 9, 7)
    found = in_threads(4, lambda rank: meet(store, rank, 4, saved=saved[rank], look=0.001))
    assert [rank for _, rank in found] == [3, 1, 0, 2]


def test_words_of_an_earlier_start_are_not_taken_for_those_of_this_one():
    store = HashStore()
    store.set("session", "old of-nobody of-nobody")
    store.set("old/0", "here")
    store.set("old/1", "here")
    store.set("word/0", "9-left")
    store.set("word/1", "9-left")  # the first greets it before the second has come
    came = threading.Event()

    def process(rank):
        if rank:
            assert came.wait(60)
        else:
            threading.Timer(0.02, came.set).start()
        return meet(store, rank, 2, look=0.001)

    (one, first), (two, second) = in_threads(2, process)
    assert one == two != "old"
    assert (first, second) == (0, 1)


def test_a_process_that_nobody_joins_gives_up_in_one_sentence():
    with pytest.raises(LmkitError, match="process 1 of 2 has waited for the others"):
        meet(HashStore(), 1, 2, seconds=0.01, look=0.001)


def test_a_failure_that_was_told_is_known_to_the_others_with_its_exit_code():
    store = HashStore()
    assert Failures(store, seconds=0.01).said() is None
    Failures(store).say(4)
    assert Failures(store).said() == 4


def test_a_meeting_point_that_is_gone_is_no_second_failure():
    server = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    client = TCPStore("127.0.0.1", server.port, is_master=False, timeout=timedelta(seconds=5))
    del server
    Failures(client).say(1)
    assert Failures(client, seconds=0.05).said() is None


def test_processes_join_over_a_port(tmp_path):
    probe = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    base = replace(LAUNCH, size=2, address="127.0.0.1", port=probe.port)

    def process(rank):
        world, failures = join(replace(base, rank=rank), torch.device("cpu"))
        total = int(world.gather(torch.tensor([rank + 1])).sum())
        return total, world.rank, failures.said() if rank == 5 else None

    assert in_threads(2, process) == [(3, 0, None), (3, 1, None)]


def test_a_device_that_several_processes_cannot_share_is_refused(monkeypatch):
    with pytest.raises(UsageError, match="not on mps; give --device cpu"):
        join(LAUNCH, torch.device("mps"))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(UsageError, match="this machine has 1 GPUs and at least 2 processes"):
        join(LAUNCH, torch.device("cuda"))


def test_a_meeting_point_that_is_not_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr(launch_module, "MEETING_SECONDS", 0.2)
    free = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    port = free.port
    del free
    with pytest.raises(LmkitError, match="cannot reach the meeting point"):
        replace(LAUNCH, address="127.0.0.1", port=port).store()
