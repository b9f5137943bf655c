"""A small HTTP/1.1 client over asyncio, so that a bench measures the server and not its client.

One connection asks one request at a time and is kept open. It knows content lengths and chunks, and
no encodings, redirects or proxies.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request; the seconds are those until its first and its last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    first_seconds: float
    seconds: float


class Connection:
    """A connection to one server, opened at the first request and again after it was closed."""

    def __init__(self, url: str, *, key: str = "") -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 80
        self._head = f"Host: {self._host}:{self._port}\r\n"
        if key:
            self._head += f"Authorization: Bearer {key}\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> "Connection":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def get(self, path: str) -> Answer:
        """Ask with GET."""
        return await self.request("GET", path, b"")

    async def post(self, path: str, content: object) -> Answer:
        """Ask with POST, the content as JSON."""
        return await self.request("POST", path, json.dumps(content).encode())

    async def request(self, method: str, path: str, body: bytes) -> Answer:
        """Send a request and read its answer to the end.

        Raises:
            ConnectionError: If the server closes the connection before that.
        """
        started = time.perf_counter()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\n{self._head}"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        try:
            writer.write(head.encode() + b"\r\n" + body)
            await writer.drain()
            return await self._answer(reader, started)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            self.close()
            raise ConnectionError(f"{method} {path}: the server closed the connection") from error

    async def _answer(self, reader: asyncio.StreamReader, started: float) -> Answer:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines[1:] if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        first = time.perf_counter() - started
        if headers.get("transfer-encoding") == "chunked":
            body = await _chunks(reader)
        else:
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.close()
        status = int(lines[0].split(" ", 2)[1])
        return Answer(status, headers, body, first, time.perf_counter() - started)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """Read a body in chunks to its end.

    Raises:
        ConnectionError: If it breaks off.
    """
    found = bytearray()
    while size := int(await reader.readline() or b"-1", 16):
        if size < 0:
            raise ConnectionError("the body breaks off")
        found += (await reader.readexactly(size + 2))[:size]
    await reader.readline()
    return bytes(found)
