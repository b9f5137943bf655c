"""A server process: uvicorn around the application, with its limits on slow and endless clients."""

import socket

import uvicorn
from fastapi import FastAPI

from lmkit.serve.access import check_address
from lmkit.serve.options import ServeOptions
from lmkit.serve.protocol import impatient_protocol

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
        http=impatient_protocol(limits.header_seconds),
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
