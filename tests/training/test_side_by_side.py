"""Runs in processes of their own: events, results, errors and interrupts."""

import os
import signal

import pytest

from lmkit.core.errors import DataError, Hint, LmkitError
from lmkit.training.events import FromMember, Status
from lmkit.training.side_by_side import side_by_side

JOBS = '''
"""Runs for the tests; spawned processes import this file."""
import os
import signal
import time
from dataclasses import dataclass

import torch

from lmkit.core.errors import DataError, Hint
from lmkit.training.events import Status


@dataclass(frozen=True)
class Steps:
    name: str
    steps: int = 3

    def train(self, *, stop):
        for step in range(self.steps):
            if stop():
                return "stopped"
            yield Status(message=f"step {step} on {torch.get_num_threads()} thread")
            time.sleep(0.01 if self.steps > 3 else 0)
        return os.getpid()


@dataclass(frozen=True)
class Broken:
    name: str
    signal: int = 0

    def train(self, *, stop):
        yield Status(message="begun")
        if self.signal:
            os.kill(os.getpid(), self.signal)
        raise DataError("the text is broken", hint=Hint.TRAIN)
'''


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    (tmp_path / "jobs_of_tests.py").write_text(JOBS)
    monkeypatch.syspath_prepend(str(tmp_path))
    import jobs_of_tests

    return jobs_of_tests


def carried_out(jobs, stop=lambda: False):
    events, running = [], side_by_side(jobs, stop=stop)
    while True:
        try:
            events.append(next(running))
        except StopIteration as end:
            return events, end.value


@pytest.mark.timeout(120)
def test_each_run_has_a_process_of_one_thread_and_its_events_bear_its_name(jobs):
    events, results = carried_out([jobs.Steps("first"), jobs.Steps("second")])
    said = [Status(message=f"step {step} on 1 thread") for step in range(3)]
    for name in ("first", "second"):
        assert [event for event in events if event.member == name] == [
            FromMember(member=name, event=status) for status in said
        ]
    assert len({*results, os.getpid()}) == 3


@pytest.mark.timeout(120)
def test_a_request_to_stop_reaches_every_run(jobs):
    seen = []
    running = [jobs.Steps("first", steps=10**6), jobs.Steps("second", steps=10**6)]
    generator = side_by_side(running, stop=lambda: len({event.member for event in seen}) == 2)
    results = []

    def whole():
        results.extend((yield from generator))

    for event in whole():
        seen.append(event)  # noqa: PERF402 -- `stop` looks at it meanwhile
    assert results == ["stopped", "stopped"]


@pytest.mark.timeout(120)
def test_the_error_of_a_run_comes_with_its_kind_and_hint_when_the_others_have_stopped(jobs):
    with pytest.raises(DataError, match="the text is broken") as caught:
        carried_out([jobs.Steps("first", steps=10**6), jobs.Broken("second")])
    assert caught.value.hint is Hint.TRAIN


@pytest.mark.timeout(120)
def test_a_process_that_is_killed_is_told_of_in_one_sentence(jobs):
    with pytest.raises(LmkitError, match=r"trained second was killed \(SIGKILL\)"):
        carried_out([jobs.Broken("second", signal=signal.SIGKILL)])


@pytest.mark.timeout(120)
def test_an_interrupt_of_the_terminal_is_left_to_the_parent(jobs):
    with pytest.raises(DataError):  # it lives on, to its own end
        carried_out([jobs.Broken("only", signal=signal.SIGINT)])
