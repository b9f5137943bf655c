"""A server process: uvicorn around the application, with its limits on slow and endless clients."""

import asyncio
import socket

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lmkit.serve.access import check_address
from lmkit.serve.options import ServeOptions

KEEP_ALIVE = 30  # seconds that an idle connection is kept


def run_server(app: FastAPI, options: ServeOptions, *, port: int) -> None:
    """Answer requests until the process is told to stop.

    Args:
        app: What `create_app` made.
        options: The same options.
        port: Port to listen on.

    Raises:
        UsageError: If others could reach the server, and it has no key.
    """
    check_address(options)
    limits = options.limits
    config = uvicorn.Config(
        app,
        host=options.host,
        port=port,
        http=_protocol(limits.header_seconds),
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=int(limits.shutdown_seconds),
    )
    _Server(config, app).run()


class _Server(uvicorn.Server):
    """A server that refuses new requests as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let running requests end, no longer than the limit."""
        self._app.state.service.is_draining = True
        await super().shutdown(sockets)


def _protocol(header_seconds: float) -> type[asyncio.Protocol]:
    """Return a protocol that closes a connection whose request does not come in time."""

    class ImpatientProtocol(HttpToolsProtocol):
        """HTTP, with a time for the head of each request."""

        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def on_headers_complete(self) -> None:
            self._stop_waiting()
            super().on_headers_complete()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def _wait(self) -> None:
            self._stop_waiting()
            seconds = max(header_seconds, 0.0)
            self._timer = self.loop.call_later(seconds, self._give_up)

        def _stop_waiting(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _give_up(self) -> None:
            if not self.transport.is_closing():
                self.transport.close()

    return ImpatientProtocol
