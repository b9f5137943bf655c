"""Connections of slow and endless clients, on a server within the test."""

import asyncio

import pytest
import uvicorn

from lmkit.serve import protocol
from lmkit.serve.protocol import impatient_protocol

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


LARGE = 32 << 20  # bytes, more than a connection holds


async def app(scope, receive, send):
    """Answer 200 with the length of the body, with many bytes, or never."""
    if scope["path"] == "/never":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    if scope["path"] == "/parts":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for part in (b"one", b"two"):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})
        return
    if scope["path"] == "/host":
        size = dict(scope["headers"])[b"host"].decode()
    content = b"a" * LARGE if scope["path"] == "/large" else str(size).encode()
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def serve(talking, *, keep_alive=30, **times):
    """Run a server while a client talks to its port; returns what the client does."""

    async def run():
        config = uvicorn.Config(
            app, port=0, http=impatient_protocol(**{"header_seconds": 5.0, **times}), ws="none",
            lifespan="off", log_level="critical", loop="asyncio", timeout_graceful_shutdown=1,
            timeout_keep_alive=keep_alive,
        )  # fmt: skip
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        try:
            return await talking(server, server.servers[0].sockets[0].getsockname()[1])
        finally:
            await server.shutdown()

    return asyncio.run(run())


def talk(*parts, **times):
    """Send parts on one connection, reading after each; returns what was read."""

    async def exchange(_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        found = []
        for part in parts:
            writer.write(part)
            found.append(await reader.read(10_000))
        writer.close()
        return found

    return serve(exchange, **times)


def send(*parts, pause=0.01, **times):
    """Send parts with pauses between; returns all that is read until the connection is closed."""

    async def exchange(_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)
        found = await reader.read()
        writer.close()
        return found

    return serve(exchange, **times)


def test_requests_on_one_connection_are_answered():
    first, second = talk(GET + b"\r\n", GET + b"\r\n")
    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 200")


def test_an_answer_may_take_longer_than_a_head_or_an_idle_connection():
    slow = GET.replace(b"/health", b"/slow") + b"\r\n"
    found = talk(slow, slow, header_seconds=0.1, keep_alive=0.1)
    assert [answer[:12] for answer in found] == [b"HTTP/1.1 200"] * 2


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


def never(more=b""):
    return b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n" + more


def test_a_head_without_end_behind_a_request_is_not_collected_either(monkeypatch):
    monkeypatch.setattr(protocol, "UNREAD_BYTES", 1000)
    assert send(never(), GET + b"X: ", b"a" * 2000) == b""


def test_a_slow_head_behind_a_request_closes_the_connection():
    assert send(never(), GET, header_seconds=0.1) == b""


def test_a_second_request_has_a_length_of_head_of_its_own():
    long = b"X: " + b"a" * 40_000 + b"\r\n\r\n"
    answers = send(GET + long + GET + b"Connection: close\r\n" + long)
    assert answers.count(b"HTTP/1.1 200") == 2


def test_requests_behind_one_another_are_answered_up_to_a_number():
    last = GET + b"Connection: close\r\n\r\n"
    found = send((GET + b"\r\n") * protocol.PIPELINED + last)
    assert found.count(b"HTTP/1.1 200") == protocol.PIPELINED + 1
    assert send(never() + (GET + b"\r\n") * 2000) == b""


@pytest.mark.parametrize("part", [b"1;" + b"a" * 2000, b"0\r\nX: " + b"a" * 2000])
def test_no_extension_or_trailer_of_a_chunk_is_collected_for_ever(monkeypatch, part):
    monkeypatch.setattr(protocol, "UNREAD_BYTES", 1000)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert send(head, part) == b""


def test_a_body_that_nobody_reads_is_not_taken_for_ever(monkeypatch):
    monkeypatch.setattr(protocol, "UNREAD_BYTES", 1000)
    head = b"POST /never HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"
    early = serve(_answered_early(head, b"a" * 2000))
    assert early.startswith(b"HTTP/1.1 200")
    assert early.count(b"HTTP/1.1") == 1


def _answered_early(head, rest):
    """Return a client that sends the rest of a body after the answer came."""

    async def at_once(scope, receive, send):
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def exchange(server, port):
        server.config.loaded_app = at_once
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        found = await reader.readuntil(b"\r\n\r\n")
        writer.write(rest)
        found += await reader.read()
        writer.close()
        return found

    return exchange


def test_an_answer_that_is_not_taken_is_thrown_away():
    async def exchange(server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.read(1)
        while server.server_state.connections:
            await asyncio.sleep(0.01)
        writer.close()
        return True

    assert serve(exchange, reading_seconds=0.1)


def test_an_answer_that_is_taken_slowly_is_sent_whole(monkeypatch):
    monkeypatch.setattr(protocol, "TAKEN_BYTES", 1)

    async def exchange(_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        size = 0
        while part := await reader.read(1 << 20):
            size += len(part)
            await asyncio.sleep(0.001)
        writer.close()
        return size

    assert serve(exchange, reading_seconds=5.0) > LARGE


def test_an_answer_without_a_length_has_chunks_in_http_1_1_and_an_end_before():
    newer = send(b"GET /parts HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert newer.endswith(b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
    older = send(b"GET /parts HTTP/1.0\r\nHost: a\r\n\r\n")
    assert older.endswith(b"connection: close\r\n\r\nonetwo")
    assert b"transfer-encoding" not in older
    known = send(b"GET / HTTP/1.0\r\n\r\n")
    assert known.endswith(b"content-length: 1\r\nconnection: close\r\n\r\n0")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (b"/host", b"a.org"),
        (b"http://b.org/host", b"b.org"),
        (b"http://b.org:80/host", b"b.org:80"),
        (b"http://[::1]:80/host", b"[::1]:80"),
    ],
)
def test_the_host_of_an_absolute_address_counts_alone(address, host):
    found = send(b"GET " + address + b" HTTP/1.1\r\nHost: a.org\r\nConnection: close\r\n\r\n")
    assert found.endswith(b"\r\n\r\n" + host)


UPGRADES = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"


@pytest.mark.parametrize(
    ("lines", "body", "size"),
    [
        (b"Content-Length: 5\r\n", b"hello", b"5"),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", b"6"),
        (b"", b"", b"0"),
    ],
)
@pytest.mark.parametrize("cut", [0, 2])
def test_a_wish_for_another_protocol_is_not_heard_and_the_body_read(lines, body, size, cut):
    head = b"POST / HTTP/1.1\r\nHost: a\r\n" + UPGRADES + lines + b"\r\n"
    last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    found = send(head + body[:cut], body[cut:] + last) if cut else send(head + body + last)
    assert found.count(b"HTTP/1.1 200 OK") == 2
    assert found.split(b"HTTP/1.1 200 OK")[1].endswith(b"\r\n\r\n" + size)


def test_what_is_no_http_is_refused():
    both = b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    for noise in (
        b"\x16\x03\x01" + b"a" * 200,
        b"GET / HTTP/1.1\r\nX\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\n" + both,
    ):
        assert send(noise).startswith(b"HTTP/1.1 400")


def test_noise_behind_a_request_is_not_answered_in_its_place():
    assert send(never(), b"noise\r\n\r\n") == b""
