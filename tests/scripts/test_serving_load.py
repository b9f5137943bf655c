"""The load of the bench of serving: equal seeds, all kinds, honest figures."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable
from types import ModuleType

import pytest

WORDS = ("the", "cat", "sat", "on", "mat", "dog")


@pytest.fixture
def load(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("serving_load")


def test_equal_seeds_make_equal_requests_of_every_kind(load: ModuleType) -> None:
    first, second = (list(load.mixed_requests(WORDS, 400, seed=1)) for _ in range(2))
    assert first == second != list(load.mixed_requests(WORDS, 400, seed=2))
    counted = Counter(request.kind for request in first)
    assert set(counted) == {kind.name for kind in load.KINDS}
    assert counted["next"] == max(counted.values())


def test_the_weights_of_the_kinds_are_fractions(load: ModuleType) -> None:
    assert sum(kind.weight for kind in load.KINDS) == pytest.approx(1)


def test_percentiles_are_those_of_the_sorted_latencies(load: ModuleType) -> None:
    found = load.latency([place / 1000 for place in range(101)])
    assert (found.requests, found.p50_ms, found.p95_ms, found.p99_ms) == (101, 50, 95, 99)
    assert load.latency([0.25]).p99_ms == 250


def test_failures_are_counted_by_kind_and_status(load: ModuleType) -> None:
    sent = [load.Sent("next", status, 0.1) for status in (200, 429, 429, 0)]
    sent.append(load.Sent("score", 500, 0.2))
    assert load.failures(sent) == {"next 429": 2, "next 0": 1, "score 500": 1}
    assert load.by_kind(sent)["score"]["p50_ms"] == 200


def answered(load: ModuleType, clients: int, requests: object, **settings: object) -> list[object]:
    """Send requests to a server that answers all alike."""
    connections: list[object] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(size)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        except asyncio.IncompleteReadError:
            writer.close()

    async def run() -> list[object]:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            return await load.send_all(url, requests, clients, **settings)

    sent = asyncio.run(run())
    assert len(connections) <= clients
    return sent


def test_every_request_is_sent_once_by_one_of_the_clients(load: ModuleType) -> None:
    requests = list(load.mixed_requests(WORDS, 30))
    sent = answered(load, 4, iter(requests))
    assert Counter(one.kind for one in sent) == Counter(one.kind for one in requests)
    assert not load.failures(sent)


def test_nothing_is_begun_after_the_end(load: ModuleType) -> None:
    endless = itertools.cycle(load.mixed_requests(WORDS, 5))
    assert answered(load, 2, endless, until=time.monotonic()) == []


def test_a_server_that_is_not_there_is_a_failure(load: ModuleType) -> None:
    sent = asyncio.run(
        load.send_all("http://127.0.0.1:1", load.mixed_requests(WORDS, 2), clients=1)
    )
    assert [one.status for one in sent] == [0, 0]
