"""Pool of worker processes for work that is done in parts.

A worker ends with the process that started it, however that ends, and computes with one thread.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import Self, TypeVar

from lmkit.core.errors import LmkitError

T = TypeVar("T")
R = TypeVar("R")

_THREADS = "TOKENIZERS_PARALLELISM"  # of the library that cuts text, looked at for every call
# Those that a terminal or a session sends to all processes: the parent decides what they mean.
_LEFT_TO_THE_PARENT = ("SIGINT", "SIGTERM", "SIGHUP")


class WorkerPool:
    """Worker processes, started when there is work; with one worker, this process itself works."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
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
        if self._workers == 1 or len(tasks) < 2:
            yield from map(work, tasks)
            return
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=get_context("spawn"), initializer=begin_worker
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
    for name in _LEFT_TO_THE_PARENT:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


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
