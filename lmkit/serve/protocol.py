"""HTTP for impatient servers: the head of each request has to come in time, and to be short."""

import asyncio

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 1 << 16  # of a request's address and headers together
UNREAD_BYTES = 1 << 20  # received before a head has ended: the first part of the body may be in it
_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class ImpatientProtocol(HttpToolsProtocol):
    """A connection that is closed where the head of a request is slow or long.

    Attributes:
        header_seconds: Time for a head; a subclass sets it.
    """

    header_seconds: float = 10.0
    _timer: asyncio.TimerHandle | None = None
    _expects_head = True
    _head = 0
    _received = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    @override
    def data_received(self, data: bytes) -> None:
        if self._expects_head:
            self._received += len(data)
            self._wait()
            if self._received > UNREAD_BYTES:
                self._refuse()
                return
        super().data_received(data)

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
        self._expects_head = False
        self._stop_waiting()
        if not self.transport.is_closing():
            super().on_headers_complete()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expects_head = True  # from its first byte on; until then the connection is idle
        self._head = self._received = 0

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_BYTES:
            self._refuse()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def _wait(self) -> None:
        """Wait for a head from now on, if not since earlier."""
        if self._timer is None:
            self._timer = self.loop.call_later(self.header_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def impatient_protocol(header_seconds: float) -> type[ImpatientProtocol]:
    """Return the protocol with a time for the head of each request."""
    return type("TimedProtocol", (ImpatientProtocol,), {"header_seconds": header_seconds})
