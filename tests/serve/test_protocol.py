"""Connections of slow and endless clients, on a server within the test."""

import asyncio

import pytest
import uvicorn

from lmkit.serve import protocol
from lmkit.serve.protocol import impatient_protocol

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


async def app(scope, receive, send):
    """Answer 200 with the length of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    content = str(size).encode()
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def talk(*parts, header_seconds=5.0):
    """Send parts on one connection, reading after each; returns what was read."""

    async def run():
        config = uvicorn.Config(
            app, port=0, http=impatient_protocol(header_seconds), ws="none", lifespan="off",
            log_level="critical", loop="asyncio",
        )  # fmt: skip
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        try:
            port = server.servers[0].sockets[0].getsockname()[1]
            return await _exchange(port, parts)
        finally:
            await server.shutdown()

    return asyncio.run(run())


async def _exchange(port, parts):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = []
    for part in parts:
        writer.write(part)
        found.append(await reader.read(10_000))
    writer.close()
    return found


def test_requests_on_one_connection_are_answered():
    first, second = talk(GET + b"\r\n", GET + b"\r\n")
    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 200")


def test_a_head_that_does_not_come_closes_the_connection():
    assert talk(GET, header_seconds=0.05) == [b""]
    assert talk(b"", header_seconds=0.05) == [b""]


def test_a_second_head_has_its_own_time():
    first, second = talk(GET + b"\r\n", GET, header_seconds=0.1)
    assert first.startswith(b"HTTP/1.1 200")
    assert second == b""


@pytest.mark.parametrize("head", [b"X: " + b"a" * 70_000, b"X: a\r\n" * 20_000])
def test_a_long_head_is_refused(head):
    [answer] = talk(GET + head + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431")


def test_a_long_address_is_refused():
    [answer] = talk(b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431")


def test_a_head_without_end_is_not_collected_for_ever(monkeypatch):
    monkeypatch.setattr(protocol, "UNREAD_BYTES", 1000)
    [answer] = talk(GET + b"X: " + b"a" * 2000)
    assert answer.startswith(b"HTTP/1.1 431")


def test_a_body_may_be_longer_than_a_head():
    body = b"a" * 200_000
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"
    [answer] = talk(head + body)
    assert answer.endswith(b"200000")
