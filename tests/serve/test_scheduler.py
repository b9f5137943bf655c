"""The scheduler under arrivals and cancellations at random: all get what they would get alone."""

import logging

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.core.errors import LmkitError, UsageError
from lmkit.inference.engine import Request
from lmkit.serve.demands import (
    Alone,
    Draw,
    More,
    Read,
    Score,
    StrandCancelledError,
    StrandFailedError,
)
from lmkit.serve.prefix_cache import PrefixCache
from lmkit.serve.registry import ServedModel, VariantKey
from lmkit.serve.scheduler import Scheduler
from lmkit.serve.task import Task

WORDS = ["the", "cat", "dog", "sat", "on", "mat", "a", "saw"]


@pytest.fixture(autouse=True)
def inference():
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def variant(words_archive):
    key = VariantKey(model="m", adapters=())
    return ServedModel("m", words_archive).variant(key)


def ids_of(variant, text):
    tokenizer = variant.vocabulary.tokenizer
    return (tokenizer.line_end_id, *tokenizer.encode(text))


def writes(variant, text, seed, tokens=6):
    """A strand that reads a text, writes after it, and returns the ids."""
    context = yield Read(variant, ids_of(variant, text))
    outputs = yield Draw(variant, Request(context=context, seed=seed, max_tokens=tokens))
    while not outputs[-1].finish:
        outputs = outputs + (yield More())
    return [output.id for output in outputs]


def scores(variant, text):
    [score] = yield Score(variant, (text,))
    return round(score.bits, 3)


def computes(variant, text):
    breathe = yield Alone()
    for _ in range(3):
        breathe()
    return len(ids_of(variant, text))


def scheduler_of(rows=4, **options):
    return Scheduler(rows=rows, prefixes=PrefixCache(1 << 16), **options)


def finish(scheduler, most=500):
    while scheduler.tasks and most:
        scheduler.tick()
        most -= 1
    assert most, "the scheduler does not come to an end"


def answers_of(*strands, rows=4):
    found = []
    scheduler = scheduler_of(rows)
    scheduler.add(Task(strands, found.append))
    finish(scheduler)
    return found[0]


KINDS = {
    "writes": writes,
    "scores": lambda variant, text, _: scores(variant, text),
    "computes": lambda variant, text, _: computes(variant, text),
}
TASKS = st.tuples(
    st.sampled_from(sorted(KINDS)),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join),
    st.integers(0, 3),
)
JOBS = st.lists(TASKS, min_size=1, max_size=3)
EVENTS = st.lists(
    st.tuples(JOBS, st.integers(0, 4), st.booleans()),  # strands, ticks before them, cancelled
    min_size=1,
    max_size=8,
)


@settings(max_examples=40)
@given(events=EVENTS, rows=st.integers(1, 5))
def test_arrivals_and_cancellations_change_no_answer(variant, events, rows):
    scheduler, found, jobs = scheduler_of(rows), {}, []
    for number, (tasks, ticks, is_cancelled) in enumerate(events):
        for _ in range(ticks):
            scheduler.tick()
            assert scheduler.rows <= rows
        if is_cancelled and jobs:
            scheduler.cancel(jobs[-1])
        strands = [KINDS[kind](variant, text, seed) for kind, text, seed in tasks]
        jobs.append(Task(strands, lambda end, number=number: found.setdefault(number, end)))
        scheduler.add(jobs[-1])
    finish(scheduler)
    assert scheduler.rows == scheduler._places == 0
    assert all(job.is_over for job in jobs)
    for number, outcome in found.items():
        tasks = events[number][0]
        expected = [answers_of(KINDS[kind](variant, text, seed))[0] for kind, text, seed in tasks]
        assert outcome == expected
    is_dropped = [own and number > 0 for number, (_, _, own) in enumerate(events)]
    assert len(found) >= len(events) - sum(is_dropped)


def test_a_seed_writes_the_same_among_63_others(variant):
    strands = [writes(variant, "the cat", 7, tokens=20)]
    [alone] = answers_of(*strands)
    others = [writes(variant, f"{word} {other}", 1, 20) for word in WORDS for other in WORDS][:63]
    assert answers_of(writes(variant, "the cat", 7, 20), *others, rows=64)[0] == alone


def test_a_cancelled_job_frees_its_places_before_the_next_step(variant):
    scheduler, ended = scheduler_of(rows=2), []
    endless = Task([writes(variant, "the", n, tokens=10_000) for n in range(2)], ended.append)
    scheduler.add(endless)
    for _ in range(5):
        scheduler.tick()
    assert scheduler.rows == 2
    scheduler.cancel(endless)
    scheduler.cancel(endless)
    assert scheduler.rows == 0
    scheduler.add(Task([writes(variant, "a", 1)], ended.append))
    finish(scheduler)
    assert [type(end) for end in ended] == [list]


def test_sequences_beyond_the_places_wait_and_come_in_order(variant):
    order = []
    scheduler = scheduler_of(rows=1)
    for number in range(4):
        job = Task([writes(variant, "the", number)], lambda _, number=number: order.append(number))
        scheduler.add(job)
    finish(scheduler)
    assert order == [0, 1, 2, 3]


def test_an_error_ends_its_job_once_and_no_other(variant, caplog):
    def wrong():
        yield Read(variant, ids_of(variant, "the"))
        raise UsageError("this cannot be done")

    def broken():
        yield Alone()
        raise ZeroDivisionError

    ended = {}
    scheduler = scheduler_of()
    for name, strands in {
        "wrong": [wrong(), writes(variant, "a", 0)],
        "broken": [broken()],
        "right": [writes(variant, "a", 0)],
    }.items():
        scheduler.add(Task(strands, lambda end, name=name: ended.setdefault(name, []).append(end)))
    with caplog.at_level(logging.CRITICAL, "lmkit"):
        finish(scheduler)
    assert [str(end) for end in ended["wrong"]] == ["this cannot be done"]
    assert isinstance(ended["broken"][0], StrandFailedError)
    assert ended["right"] == [answers_of(writes(variant, "a", 0))]


def test_a_fault_of_a_model_ends_those_who_share_it_alone(variant, words_archive, caplog):
    class Broken:
        vocab_size = variant.forward.vocab_size

        def start(self, batch):
            raise ZeroDivisionError

        def read(self, ids, state):
            raise ZeroDivisionError

        def select(self, state, rows):
            return state

    broken = ServedModel("x", words_archive).variant(VariantKey(model="x", adapters=()))
    directions = type(broken.directions)(forward=Broken())
    broken = type(broken)(broken.key, broken.vocabulary, directions, broken.writable, broken.banned)
    ended = []
    scheduler = scheduler_of()
    scheduler.add(Task([writes(broken, "the", 0)], ended.append))
    scheduler.add(Task([writes(variant, "the", 0)], ended.append))
    with caplog.at_level(logging.CRITICAL, "lmkit"):
        finish(scheduler)
    assert [type(end) for end in ended] == [StrandFailedError, list]


def test_others_go_on_while_one_computes_for_long(variant, monkeypatch):
    monkeypatch.setattr("lmkit.serve.scheduler.BREATH", 0.0)
    order = []

    def long():
        breathe = yield Alone()
        while "text" not in order:
            breathe()
        order.append("long")

    scheduler = scheduler_of()
    scheduler.add(Task([long()], order.append))
    scheduler.add(Task([writes(variant, "the", 1, tokens=30)], lambda _: order.append("text")))
    finish(scheduler, most=3)
    assert order[:2] == ["text", "long"]


def test_a_long_computation_ends_once_nobody_waits(variant, monkeypatch):
    monkeypatch.setattr("lmkit.serve.scheduler.BREATH", 0.0)
    seen, ended = [], []

    def endless():
        breathe = yield Alone()
        while True:
            seen.append("read")
            breathe()

    job = Task([endless()], ended.append)
    scheduler = scheduler_of(poll=lambda: scheduler.cancel(job) if len(seen) == 3 else None)
    scheduler.add(job)
    finish(scheduler, most=2)
    assert (len(seen), ended) == (3, [])


def test_scores_that_nobody_waits_for_are_given_up(variant, monkeypatch):
    monkeypatch.setattr("lmkit.serve.scheduler.BREATH", 0.0)
    ended = []
    job = Task([scores(variant, "the cat")], ended.append)
    scheduler = scheduler_of(poll=lambda: scheduler.cancel(job))
    scheduler.add(job)
    finish(scheduler, most=2)
    assert ended == []


def test_lines_are_scored_together_up_to_a_number(variant, monkeypatch):
    monkeypatch.setattr("lmkit.serve.task.LINES", 3)
    found = answers_of(*[scores(variant, text) for text in WORDS])
    assert found == [answers_of(scores(variant, text))[0] for text in WORDS]


def test_closing_fails_what_is_left(variant):
    ended = []
    scheduler = scheduler_of()
    scheduler.add(Task([writes(variant, "the", 0)], ended.append))
    scheduler.close()
    assert isinstance(ended[0], LmkitError)
    assert scheduler.tasks == 0


def test_a_strand_that_says_it_was_cancelled_ends_quietly():
    def gone():
        yield Alone()
        raise StrandCancelledError

    ended = []
    scheduler = scheduler_of()
    scheduler.add(Task([gone()], ended.append))
    finish(scheduler)
    assert ended == []
