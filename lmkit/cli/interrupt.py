"""Interrupts: the first Ctrl-C, SIGTERM or SIGHUP ends long work well, a second one at once.

SIGTERM is the request to terminate at the end of a session, SIGHUP a closed terminal. A signal that
this process was started to ignore, as `nohup` does with SIGHUP, stays ignored.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130  # exit code

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Interrupts:
    """State of the interrupts of a command; before `listen` they interrupt as usual."""

    def __init__(self) -> None:
        self._listens = threading.Event()
        self._asked = threading.Event()

    def listen(self) -> None:
        """Record the first interrupt from now on instead of raising it."""
        self._listens.set()

    def listen_no_more(self) -> None:
        """Let interrupts be raised as usual from now on."""
        self._listens.clear()

    def asked(self) -> bool:
        """Return whether an interrupt was recorded."""
        return self._asked.is_set()

    def note(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal: record the first, raise any other."""
        if self._asked.is_set() or not self._listens.is_set():
            signal.default_int_handler(number, frame)
        self._asked.set()


@contextmanager
def interrupts_end_at_once() -> Iterator[None]:
    """End the process at Ctrl-C, while modules are loaded and nothing is to be saved.

    An exception in the middle of an import would leave a module half made: torch takes it for a
    missing numpy and goes on, and what uses numpy later fails with an error of its own.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _end_at_once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"lmkit: interrupted\n")
    os._exit(INTERRUPTED)


@contextmanager
def first_interrupt_asks() -> Iterator[Interrupts]:
    """Turn the first interrupt into a flag that the work looks at between steps.

    Yields:
        The flag; a second interrupt is raised as usual.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupts.note) for number in heard}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
