"""HTTP for impatient servers: heads come in time and are short, answers are taken in time."""

import asyncio

import httptools
from typing_extensions import override
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_BYTES = 1 << 16  # of a request's address and headers together
UNREAD_BYTES = 1 << 20  # received since the last header or part of a body ended
PIPELINED = 64  # requests that wait on a connection until the one before is answered
TAKEN_BYTES = 1 << 14  # of an answer that waits, taken by the client in `reading_seconds`
_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class ImpatientProtocol(HttpToolsProtocol):
    """A connection that is closed where a head is slow or long, or an answer is not taken.

    Attributes:
        header_seconds: Time for a head; a subclass sets it.
        reading_seconds: Time in which a client has to take some of an answer that waits for it.
    """

    header_seconds: float = 10.0
    reading_seconds: float = 30.0
    _head_timer: asyncio.TimerHandle | None = None
    _answer_timer: asyncio.TimerHandle | None = None
    _is_in_head = True
    _is_repeated = False  # the head that is read now was taken before
    _head = 0
    _unread = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    @override
    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._unread += len(data)
        if self._unread > UNREAD_BYTES:
            self._refuse()
            return
        if self._is_idle:
            self._await_head()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as pause:
            self._go_on_without_upgrade(data[pause.args[0] :])
        except httptools.HttpParserError:
            if self._is_idle:
                self.send_400_response("the request is no HTTP/1.1; send one by the book")
            self.transport.close()

    @override
    def on_message_begin(self) -> None:
        if self._is_repeated:
            return
        super().on_message_begin()
        self._is_in_head = True
        self._head = 0
        self._await_head()

    @override
    def on_url(self, url: bytes) -> None:
        if self._is_repeated:
            return
        super().on_url(url)
        self._count(len(url))

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_repeated:
            return
        super().on_header(name, value)
        self._count(len(name) + len(value) + len(": \r\n"))

    @override
    def on_headers_complete(self) -> None:
        if self._is_repeated:
            return
        self._is_in_head = False
        self._stop_waiting_for_head()
        if len(self.pipeline) >= PIPELINED:
            self.transport.close()
        if not self.transport.is_closing():
            self._take_absolute_address()
            super().on_headers_complete()
            if self.scope["http_version"] == "1.0":
                send_until_close(self.cycle)

    @override
    def on_message_complete(self) -> None:
        if not (self._is_repeated or self.parser.should_upgrade()):
            super().on_message_complete()

    @override
    def on_body(self, body: bytes) -> None:
        if not self._is_idle:  # else nobody reads it any more
            self._unread = 0
        super().on_body(body)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._await_reading()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_waiting_for_reading()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting_for_head()
        self._stop_waiting_for_reading()
        super().connection_lost(exc)

    def _go_on_without_upgrade(self, rest: bytes) -> None:
        """Read the body of a request that asked for another protocol, which it does not get.

        The parser takes nothing after such a head. A new one is given the head again, without
        the wish and without being heard.
        """
        sizes = [
            name + b": " + value
            for name, value in self.headers
            if name in (b"content-length", b"transfer-encoding")
        ]
        self.parser = httptools.HttpRequestParser(self)
        self._is_repeated = True
        self.parser.feed_data(b"\r\n".join([b"POST / HTTP/1.1", *sizes, b"", b""]))
        self._is_repeated = False
        if not sizes:
            super().on_message_complete()
        if rest:
            self.data_received(rest)

    def _take_absolute_address(self) -> None:
        """Take the host of an absolute address for that of the header, which it overrides."""
        host = httptools.parse_url(self.url).host if b"://" in self.url else None
        if host is not None:
            netloc = self.url.partition(b"://")[2].partition(b"/")[0]
            self.headers[:] = [pair for pair in self.headers if pair[0] != b"host"]
            self.headers.append((b"host", netloc))

    @property
    def _is_idle(self) -> bool:
        """True while no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _count(self, size: int) -> None:
        self._unread = 0
        self._head += size
        if self._head > HEAD_BYTES:
            self._refuse()

    def _refuse(self) -> None:
        """Close the connection; say why where that can be taken for nothing else."""
        if not self.transport.is_closing():
            if self._is_in_head and self._is_idle:
                self.transport.write(_TOO_LONG)
            self.transport.close()

    def _await_head(self) -> None:
        """Wait for a head from now on, if not since earlier."""
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.header_seconds, self._give_up)

    def _stop_waiting_for_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _await_reading(self) -> None:
        """Give the client time to take some of what waits for it."""
        waiting = self.transport.get_write_buffer_size()
        self._answer_timer = self.loop.call_later(self.reading_seconds, self._look_again, waiting)

    def _stop_waiting_for_reading(self) -> None:
        if self._answer_timer is not None:
            self._answer_timer.cancel()
            self._answer_timer = None

    def _look_again(self, before: int) -> None:
        """End a connection whose client took too little; what waits for it is thrown away."""
        if before - self.transport.get_write_buffer_size() < TAKEN_BYTES:
            self.transport.abort()
        else:
            self._await_reading()


def send_until_close(cycle: RequestResponseCycle) -> None:
    """Let an answer of unknown length end with its connection: HTTP/1.0 knows no chunks.

    Args:
        cycle: A request of that version, not answered yet.
    """
    send = cycle.send
    is_endless = False

    async def send_on(message: ASGISendEvent) -> None:
        nonlocal is_endless
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", ())}
            is_endless = b"content-length" not in names
            cycle.chunked_encoding = False if is_endless else None
        elif is_endless and message["type"] == "http.response.body":
            cycle.expected_content_length = len(message.get("body", b""))
        await send(message)

    cycle.send = send_on  # type: ignore[method-assign]  # which uvicorn hands to the application


def impatient_protocol(
    header_seconds: float, reading_seconds: float = ImpatientProtocol.reading_seconds
) -> type[ImpatientProtocol]:
    """Return the protocol with a time for the head of each request, and one for the client."""
    times = {"header_seconds": header_seconds, "reading_seconds": reading_seconds}
    return type("TimedProtocol", (ImpatientProtocol,), times)
