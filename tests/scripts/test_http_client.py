"""The client of the benches, against a small server of real sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import pytest

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def served(answering: Answering, ask: Callable[[str], Awaitable[Any]]) -> Any:
    """Return what a function gets that is given the address of a server."""

    async def run() -> Any:
        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await answering(reader, writer)
            finally:
                writer.close()

        server = await asyncio.start_server(once, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.wait_for(ask(f"http://127.0.0.1:{port}"), 10)

    return asyncio.run(run())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request with its own head and body."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
        body = await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b""
        whole = head + body
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(whole) + whole)


async def chunked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 206 Some\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
    for part in (b"one ", b"two", b""):
        writer.write(b"%x\r\n%s\r\n" % (len(part), part))


async def broken_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")


async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nnot fifty")


def test_requests_of_a_connection_follow_each_other(bench: Callable[[str], ModuleType]) -> None:
    client = bench("http_client")

    async def ask(url: str) -> list[Any]:
        async with client.Connection(url, key="secret") as connection:
            return [await connection.get("/a"), await connection.post("/b", {"text": "x"})]

    first, second = served(echo, ask)
    assert first.status == second.status == 200
    assert first.body.startswith(b"GET /a HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"Authorization: Bearer secret" in first.body
    assert second.body.endswith(b'\r\n\r\n{"text": "x"}')
    assert 0 < second.first_seconds <= second.seconds


def test_a_body_in_chunks_is_joined_and_the_connection_closed(
    bench: Callable[[str], ModuleType],
) -> None:
    client = bench("http_client")

    async def ask(url: str) -> Any:
        connection = client.Connection(url)
        return await connection.get("/"), connection._streams

    answer, streams = served(chunked, ask)
    assert (answer.status, answer.body) == (206, b"one two")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert streams is None


def test_a_connection_closed_too_soon_is_an_error(bench: Callable[[str], ModuleType]) -> None:
    client = bench("http_client")

    async def ask(url: str) -> Any:
        async with client.Connection(url) as connection:
            return await connection.get("/")

    for answering in (broken, broken_chunks):
        with pytest.raises(ConnectionError, match="GET /: the server closed the connection"):
            served(answering, ask)
