"""Requests as bytes: what is sent, and what is made of what comes back."""

import asyncio
from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def raw(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("raw_requests")


def asked(raw: ModuleType, answer: bytes) -> int:
    """Return the status that is made of an answer."""

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def run() -> int:
        async with await asyncio.start_server(answering, "127.0.0.1", 0) as server:
            target = raw.Target(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "k")
            return await raw.ask(target, raw.posted(target, "/", b"{}"))

    return asyncio.run(run())


def test_a_head_has_the_lines_it_was_given(raw: ModuleType) -> None:
    target = raw.Target("http://127.0.0.1:81", "secret")
    assert raw.head_of("GET", "/a", [target.host_line]) == (
        b"GET /a HTTP/1.1\r\nHost: 127.0.0.1:81\r\nConnection: close\r\n\r\n"
    )
    request = raw.posted(target, "/b", b"{}")
    assert b"Authorization: Bearer secret\r\n" in request
    assert request.endswith(b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")


def test_the_status_is_that_of_the_first_line(raw: ModuleType) -> None:
    assert asked(raw, b"HTTP/1.1 413 Too Large\r\n\r\n") == 413
    assert asked(raw, b"") == raw.CLOSED
    assert asked(raw, b"nonsense\r\n") == raw.CLOSED


def test_a_server_that_is_not_there_is_closed(raw: ModuleType) -> None:
    target = raw.Target("http://127.0.0.1:1")
    assert asyncio.run(raw.statuses(target, {"a": b"x", "b": b"y"})) == {"a": 0, "b": 0}


def test_refusals_are_client_errors_and_closed_connections(raw: ModuleType) -> None:
    assert {0, 400, 401, 404, 413, 429} <= raw.REFUSED
    assert not raw.REFUSED & {-1, 200, 204, 307, 500, 503}
