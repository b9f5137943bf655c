"""The service behind the routes: models, options, the engine thread, and how requests wait for it.

Routes say what is to be computed; here a request is let in or refused, waited for no longer than
the limit, and dropped when its client leaves.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from starlette.requests import Request

from lmkit.core.errors import LmkitError
from lmkit.serve.demands import Strand
from lmkit.serve.engine_thread import Emit, EngineThread, Ticket
from lmkit.serve.errors import ApiError, refusal
from lmkit.serve.metrics import Metrics
from lmkit.serve.options import ServeOptions
from lmkit.serve.registry import ModelRegistry, ServedModel

_RETRY = {"Retry-After": "1"}
_log = logging.getLogger("lmkit.serve")


class Service:
    """Models, options and engine thread, shared by all routes.

    Attributes:
        models: The models by name.
        options: Options of the server.
        engine: The thread that computes.
        metrics: Counters.
        is_draining: Whether new requests are refused, since the server ends.
    """

    def __init__(self, models: ModelRegistry, options: ServeOptions) -> None:
        self.models = models
        self.options = options
        limits = options.limits
        self.engine = EngineThread(rows=limits.rows, prefix_bytes=limits.prefix_bytes)
        self.metrics = Metrics(self.engine.scheduler, lambda: self._inside)
        self.is_draining = False
        self._inside = 0

    def model(self, name: str | None) -> ServedModel:
        """Return a model by its name.

        Raises:
            ApiError: If there is none.
        """
        found = self.models.get(name)
        if found is None:
            names = ", ".join(model.name for model in self.models)
            raise ApiError(
                404,
                f"there is no model of that name here; choose from {names}",
                param="model",
                code="model_not_found",
            )
        return found

    async def compute(
        self, request: Request, make: Callable[[Emit], Sequence[Strand]]
    ) -> list[Any]:  # Any: the answers of strands
        """Compute the answers of strands for a client that waits for the whole.

        Args:
            request: The request; when its client leaves, the work is dropped.
            make: Returns the strands, as `EngineThread.submit` takes it.

        Raises:
            ApiError: If the server is full, the request cannot be answered, or takes too long.
        """
        with self._ticket(make) as ticket:
            leaving = asyncio.ensure_future(_left(request))
            awaited: set[asyncio.Future[Any]] = {leaving, ticket.answers}  # Any: of both kinds
            try:
                done, _ = await asyncio.wait(
                    awaited,
                    timeout=self.options.limits.seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                leaving.cancel()
            if not done:
                raise self._too_long()
            if ticket.answers not in done:
                raise ApiError(499, "the client left")
            if (error := ticket.answers.exception()) is not None:
                raise refusal(error) from error
            return ticket.answers.result()

    async def stream(self, make: Callable[[Emit], Sequence[Strand]]) -> AsyncIterator[object]:
        """Yield what strands emit, as it comes.

        Args:
            make: Returns the strands, as `EngineThread.submit` takes it.

        Raises:
            ApiError: As `compute`.
        """
        with self._ticket(make) as ticket:
            parts = ticket.parts()
            clock = asyncio.get_running_loop().time
            deadline = clock() + self.options.limits.seconds
            try:
                while clock() < deadline:  # parts may wait for a reader who takes them slowly
                    async with asyncio.timeout_at(deadline):
                        part = await anext(parts, None)
                    if part is None:
                        return
                    yield part
            except TimeoutError:
                raise self._too_long() from None
            except LmkitError as error:
                raise refusal(error) from error
            raise self._too_long()

    def check_open(self) -> None:
        """Refuse a request since the server ends.

        Raises:
            ApiError: If it does.
        """
        if self.is_draining:
            raise ApiError(503, "the server is shutting down; ask again later", headers=_RETRY)

    def log_text(self, route: str, text: object) -> None:
        """Log a text of a user, where the options ask for that."""
        if self.options.log_text:
            _log.info("%s %r", route, text)

    @contextlib.contextmanager
    def _ticket(self, make: Callable[[Emit], Sequence[Strand]]) -> Iterator[Ticket]:
        """Let a request in, or refuse it; what is left of its work at the end is dropped."""
        self._check_room()
        self._inside += 1
        ticket = self.engine.submit(make)
        try:
            yield ticket
        finally:
            self._inside -= 1
            self.engine.cancel(ticket)

    def _check_room(self) -> None:
        limits = self.options.limits
        self.check_open()
        if self._inside >= limits.rows + limits.queue:
            raise ApiError(
                429,
                f"{self._inside} requests are being answered or wait; ask again in a second",
                code="queue_full",
                headers=_RETRY,
            )

    def _too_long(self) -> ApiError:
        seconds = self.options.limits.seconds
        return ApiError(
            408, f"the answer took longer than {seconds:g} s; ask for less", code="timeout"
        )


async def _left(request: Request) -> None:
    """Wait until the client of a request has closed its connection."""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            return
