"""The engine thread: what the event loop sees of its work."""

import asyncio
import threading

import pytest

from lmkit.core.errors import UsageError
from lmkit.serve.demands import Alone, StrandFailedError
from lmkit.serve.engine_thread import EngineThread


@pytest.fixture
def engine():
    engine = EngineThread(rows=4, prefix_bytes=1 << 16)
    engine.start()
    yield engine
    engine.stop()


def says(value):
    yield Alone()
    return value


def test_answers_come_in_the_order_of_the_strands(engine):
    async def ask():
        return await engine.submit(lambda _: [says(1), says(2), says(3)]).answers

    assert asyncio.run(ask()) == [1, 2, 3]


def test_all_work_is_done_in_one_thread_and_none_in_the_event_loop(engine):
    def where():
        yield Alone()
        return threading.current_thread().name

    async def ask():
        tickets = [engine.submit(lambda _: [where()]) for _ in range(5)]
        return [await ticket.answers for ticket in tickets]

    assert asyncio.run(ask()) == [["lmkit-engine"]] * 5


def test_parts_come_as_they_are_emitted_and_end_with_the_answer(engine):
    def emits(emit):
        for part in "abc":
            yield Alone()
            emit(part)
        return None

    async def ask():
        ticket = engine.submit(lambda emit: [emits(emit)])
        return [part async for part in ticket.parts()]

    assert asyncio.run(ask()) == ["a", "b", "c"]


def test_an_error_comes_to_who_asked(engine):
    def fails():
        yield Alone()
        raise UsageError("not so")

    async def ask():
        with pytest.raises(UsageError, match="not so"):
            await engine.submit(lambda _: [fails()]).answers
        ticket = engine.submit(lambda _: [fails()])
        with pytest.raises(UsageError, match="not so"):
            [part async for part in ticket.parts()]

    asyncio.run(ask())


def test_a_cancelled_ticket_computes_no_more_and_later_ones_do(engine):
    begun, seen = threading.Event(), []

    def endless():
        breathe = yield Alone()
        while True:
            begun.set()
            breathe()

    async def ask():
        ticket = engine.submit(lambda _: [endless()])
        await asyncio.to_thread(begun.wait)
        engine.cancel(ticket)
        seen.append(await engine.submit(lambda _: [says("free")]).answers)
        assert not ticket.answers.done()
        engine.cancel(ticket)

    asyncio.run(ask())
    assert seen == [["free"]]
    assert engine.scheduler.tasks == 0


def test_stopping_ends_what_computes_and_fails_what_waits():
    engine = EngineThread(rows=4, prefix_bytes=0)
    engine.start()
    begun = threading.Event()

    def endless():
        breathe = yield Alone()
        while True:
            begun.set()
            breathe()

    async def ask():
        engine.submit(lambda _: [endless()])
        waiting = engine.submit(lambda _: [says(1)])
        await asyncio.to_thread(begun.wait)
        await asyncio.to_thread(engine.stop)
        with pytest.raises(StrandFailedError):
            await waiting.answers

    asyncio.run(ask())


def test_an_event_loop_that_has_ended_is_left_alone(engine):
    release = threading.Event()

    def late():
        yield Alone()
        release.wait()
        return 1

    async def leave():
        engine.submit(lambda _: [late()])

    asyncio.run(leave())
    release.set()
    assert asyncio.run(_answer(engine)) == ["still there"]


async def _answer(engine):
    return await engine.submit(lambda _: [says("still there")]).answers


def test_a_thread_that_was_never_started_stops():
    EngineThread(rows=1, prefix_bytes=0).stop()
