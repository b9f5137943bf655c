"""HTTP for impatient servers: heads come in time and are short, answers are taken in time."""

import asyncio

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

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
    _head = 0
    _unread = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    @override
    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        if self._unread > UNREAD_BYTES:
            self._refuse()
            return
        if self._is_idle:
            self._await_head()
        super().data_received(data)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        self._head = 0
        self._await_head()

    @override
    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + len(": \r\n"))

    @override
    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._stop_waiting_for_head()
        if len(self.pipeline) >= PIPELINED:
            self.transport.close()
        if not self.transport.is_closing():
            super().on_headers_complete()

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


def impatient_protocol(
    header_seconds: float, reading_seconds: float = ImpatientProtocol.reading_seconds
) -> type[ImpatientProtocol]:
    """Return the protocol with a time for the head of each request, and one for the client."""
    times = {"header_seconds": header_seconds, "reading_seconds": reading_seconds}
    return type("TimedProtocol", (ImpatientProtocol,), times)
