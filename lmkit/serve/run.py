"""A server process: uvicorn around the application, with its limits on slow and endless clients."""

import asyncio
import logging
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from lmkit.serve.access import check_address
from lmkit.serve.listening import BACKLOG, allow_many_connections, listening_sockets, url_of
from lmkit.serve.options import ServeOptions
from lmkit.serve.protocol import impatient_protocol

KEEP_ALIVE = 30  # seconds that an idle connection is kept


def run_server(
    app: FastAPI,
    options: ServeOptions,
    *,
    port: int,
    on_listening: Callable[[str], None] | None = None,
) -> None:
    """Answer requests until the process is told to stop.

    Args:
        app: What `create_app` made.
        options: The same options.
        port: Port to listen on; 0 takes one that is free.
        on_listening: Called with the address to type once connections are taken.

    Raises:
        UsageError: If others could reach the server, and it has no key, or if the host is no
            address of this machine.
        LmkitError: If the port is taken, or this user may not open it.
    """
    check_address(options)
    allow_many_connections()
    sockets = listening_sockets(options.host, port)
    if on_listening is not None:
        on_listening(url_of(options.host, sockets[0]))
    server = _Server(_config(app, options), app)
    logging.getLogger("uvicorn.error").addFilter(_is_fault)
    server.run(sockets)


def _config(app: FastAPI, options: ServeOptions) -> uvicorn.Config:
    limits = options.limits
    return uvicorn.Config(
        app,
        http=impatient_protocol(limits.header_seconds, limits.reading_seconds),
        ws="none",
        lifespan="on",
        access_log=False,
        proxy_headers=False,  # no client's address is used or logged
        log_level="warning",
        server_header=False,
        date_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=int(limits.shutdown_seconds),
    )


def _is_fault(record: logging.LogRecord) -> bool:
    """Return whether a record is of a fault, and not of an answer that the end cut off."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


class _Server(uvicorn.Server):
    """A server that refuses new requests as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let running requests end, no longer than the limit."""
        self._app.state.service.is_draining = True
        await super().shutdown(sockets)
