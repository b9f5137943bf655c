"""The engine thread: the one thread that computes, and what the event loop sees of its work.

The event loop puts strands in and waits; the thread runs the scheduler, and hands over what came of
a tick with one call. It never waits for a reader: parts of a text pile up, as short as texts are.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

import torch

from lmkit.core.errors import LmkitError
from lmkit.serve.demands import Strand, StrandCancelledError
from lmkit.serve.prefix_cache import PrefixCache
from lmkit.serve.scheduler import Scheduler
from lmkit.serve.task import Task

Emit: TypeAlias = Callable[[object], None]
_Call: TypeAlias = Callable[[], None]
Answers: TypeAlias = list[Any]  # Any: what strands return


class Ticket:
    """A request in the hands of the engine thread, as the event loop sees it.

    Attributes:
        answers: The answers of all strands, or the error of one.
        task: The strands.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.answers: asyncio.Future[Answers] = loop.create_future()
        self._parts: asyncio.Queue[object] = asyncio.Queue()
        self.task: Task | None = None

    async def parts(self) -> AsyncIterator[object]:
        """Yield what the strands emit, as it comes, until all have ended.

        Raises:
            LmkitError: If the request cannot be answered.
        """
        self.answers.add_done_callback(lambda _: self._parts.put_nowait(_END))
        while (part := await self._parts.get()) is not _END:
            yield part
        await self.answers

    def put(self, part: object) -> None:
        """Take a part in."""
        self._parts.put_nowait(part)

    def end(self, outcome: Answers | LmkitError) -> None:
        """Take the answers or the error in, unless nobody waits any more."""
        if self.answers.done():
            return
        if isinstance(outcome, LmkitError):
            self.answers.set_exception(outcome)
            self.answers.exception()  # seen, also where nobody waits any more
        else:
            self.answers.set_result(outcome)


_END = object()


class EngineThread:
    """A thread that runs a scheduler while there is work, and sleeps while there is none."""

    def __init__(self, *, rows: int, prefix_bytes: int) -> None:
        """Prepare a thread that is yet to be started.

        Args:
            rows: Sequences read side by side.
            prefix_bytes: Memory for the states of texts read before.
        """
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._outbox: list[tuple[Ticket, _Call]] = []
        self._is_stopping = False
        self.scheduler = Scheduler(rows=rows, prefixes=PrefixCache(prefix_bytes), poll=self._poll)
        self._thread = threading.Thread(target=self._run, name="lmkit-engine", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread after its tick, and wait for it; what is left of its work fails."""
        self._calls.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, make: Callable[[Emit], Sequence[Strand]]) -> Ticket:
        """Hand strands over.

        Args:
            make: Returns the strands; it is given the function that emits a part to the reader of
                the ticket.

        Returns:
            The ticket to wait with.
        """
        ticket = Ticket(asyncio.get_running_loop())
        strands = make(lambda part: self._outbox.append((ticket, lambda: ticket.put(part))))
        task = Task(strands, lambda end: self._outbox.append((ticket, lambda: ticket.end(end))))
        ticket.task = task
        self._calls.put(lambda: self.scheduler.add(task))
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Drop the strands of a ticket; their places are free within a step."""
        task = ticket.task
        if task is not None and not task.is_over:
            self._calls.put(lambda: self.scheduler.cancel(task))

    @torch.inference_mode()
    def _run(self) -> None:
        while not self._is_stopping:
            if not self.scheduler.tasks:
                self._take(self._calls.get())
            self._exchange()
            if self.scheduler.tasks and not self._is_stopping:
                self.scheduler.tick()
                self._post()
        self.scheduler.close()
        self._post()

    def _poll(self) -> None:
        """Exchange while a strand computes for long; end it once the thread is to stop."""
        self._exchange()
        if self._is_stopping:
            raise StrandCancelledError

    def _exchange(self) -> None:
        """Take in what was handed over, and hand over what came."""
        try:
            while not self._is_stopping:
                self._take(self._calls.get_nowait())
        except Empty:
            pass
        self._post()

    def _take(self, call: _Call | None) -> None:
        if call is None:
            self._is_stopping = True
        else:
            call()

    def _post(self) -> None:
        """Hand over what came, with one call for each event loop."""
        outbox, self._outbox = self._outbox, []
        loops = {ticket._loop for ticket, _ in outbox}
        for loop in loops:
            calls = [call for ticket, call in outbox if ticket._loop is loop]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_call_all, calls)


def _call_all(calls: Sequence[_Call]) -> None:
    for call in calls:
        call()
