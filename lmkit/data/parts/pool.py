"""Pool of worker processes for work that is done in parts.

A worker ends with the process that started it, however that ends, and computes with one thread.
Where the system can fork, workers are forked by a server that has loaded what they need, so that
one starts within milliseconds; it knows nothing of the threads and locks of this process.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import (
    forkserver,
    get_all_start_methods,
    get_context,
    parent_process,
    resource_tracker,
)
from multiprocessing.context import BaseContext
from types import TracebackType
from typing import Self, TypeVar

from lmkit.core.errors import LmkitError

T = TypeVar("T")
R = TypeVar("R")

_THREADS = "TOKENIZERS_PARALLELISM"  # of the library that cuts text, looked at for every call
# Those that a terminal or a session sends to all processes: the parent decides what they mean.
_LEFT_TO_THE_PARENT = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_CAN_FORK = "forkserver" in get_all_start_methods()
_LOADED = ["lmkit.data.parts.part", "lmkit.data.parts.vocabulary"]  # by the server, before a fork


def start_server() -> None:
    """Start the server that forks workers, if the system has one; it gets ready by itself.

    A pool starts it too, but who knows early that there will be work gains the time that the server
    takes to load.
    """
    if not _CAN_FORK:
        return
    get_context("forkserver").set_forkserver_preload(_LOADED)
    resource_tracker.ensure_running()  # its start would lift the mask
    # A mask is inherited, and holds from the first moment on: no signal ends the loading.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _LEFT_TO_THE_PARENT)
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class WorkerPool:
    """Worker processes, started when there is work; with one worker, this process itself works.

    Attributes:
        workers: Their number.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._threads = os.environ.get(_THREADS)

    def __enter__(self) -> Self:
        """Let this process compute with one thread, as its workers do."""
        os.environ[_THREADS] = "false"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the workers; where something failed, without waiting for what they are doing."""
        os.environ.pop(_THREADS)
        if self._threads is not None:
            os.environ[_THREADS] = self._threads
        if self._pool is not None:
            if kind is not None:
                _kill(self._pool)
            self._pool.shutdown(cancel_futures=True)

    def run(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
        """Carry out tasks, each whole or not at all.

        Args:
            work: A function of a module; tasks and results are values that can be pickled.
            tasks: The tasks.

        Yields:
            The results, as they come.

        Raises:
            LmkitError: As `work` raises, or if a worker was killed.
        """
        if self.workers == 1 or len(tasks) < 2:
            yield from map(work, tasks)
            return
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.workers, mp_context=_started(), initializer=begin_worker
            )
        try:
            waiting = [self._pool.submit(work, task) for task in tasks]
            yield from map(_result, as_completed(waiting))
        except BrokenProcessPool:
            raise LmkitError(
                "a worker process was killed, perhaps because the memory was too small; what is "
                "done is kept: run the same command again, with fewer workers if need be"
            ) from None


def begin_worker() -> None:
    """Set a worker process up: one thread, no signals of a terminal, an end with its parent."""
    os.environ[_THREADS] = "false"
    for number in _LEFT_TO_THE_PARENT:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _started() -> BaseContext:
    """Return the way in which workers are started."""
    start_server()
    return get_context("forkserver" if _CAN_FORK else "spawn")


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _result(done: Future[R]) -> R:
    return done.result()


def _kill(pool: ProcessPoolExecutor) -> None:
    """Kill the workers of a pool: every file they write is whole or not there."""
    for process in list((pool._processes or {}).values()):  # no public name until Python 3.14
        process.kill()
