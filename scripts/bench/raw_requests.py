"""Requests as bytes, so that they may be wrong in every way, and the status of what comes back."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

CLOSED = 0  # in place of a status: the server closed the connection without an answer
SILENT = -1  # nothing came at all
REFUSED = frozenset({CLOSED, *range(400, 500)})
SECONDS = 30.0  # until an answer must have come
AT_A_TIME = 64  # connections that one attack has open, but for those that are about their number


@dataclass(frozen=True, slots=True)
class Target:
    """A server to attack: where it answers, and its key."""

    url: str
    key: str = ""

    @property
    def address(self) -> str:
        """The address to connect to."""
        return urlsplit(self.url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        """The port to connect to."""
        return urlsplit(self.url).port or 80

    @property
    def host(self) -> str:
        """The right value of the Host header."""
        return f"{self.address}:{self.port}"

    @property
    def host_line(self) -> str:
        """The Host header."""
        return f"Host: {self.host}"

    @property
    def key_line(self) -> str:
        """The header with the key."""
        return f"Authorization: Bearer {self.key}"


def head_of(method: str, path: str, lines: Sequence[str]) -> bytes:
    """Return the head of a request that closes its connection, as bytes."""
    head = [f"{method} {path} HTTP/1.1", *lines, "Connection: close", "", ""]
    return "\r\n".join(head).encode("latin-1")


def posted(target: Target, path: str, body: bytes) -> bytes:
    """Return a request with a body of JSON."""
    lines = [target.host_line, target.key_line, "Content-Type: application/json"]
    return head_of("POST", path, [*lines, f"Content-Length: {len(body)}"]) + body


async def ask(target: Target, request: bytes) -> int:
    """Send bytes and return the status that comes, `CLOSED` or `SILENT`."""
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(target.address, target.port)
            try:
                return await _status(reader, writer, request)
            finally:
                writer.close()
    except TimeoutError:
        return SILENT
    except OSError:
        return CLOSED


async def statuses(target: Target, requests: Mapping[str, bytes]) -> dict[str, int]:
    """Send requests, some at a time, and return the status that came to each."""
    places = asyncio.Semaphore(AT_A_TIME)

    async def placed(request: bytes) -> int:
        async with places:
            return await ask(target, request)

    found = await asyncio.gather(*map(placed, requests.values()))
    return dict(zip(requests, found, strict=True))


async def _status(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> int:
    writer.write(request)
    sending = asyncio.ensure_future(writer.drain())
    try:
        line = await reader.readline()
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    parts = line.split(b" ")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else CLOSED
