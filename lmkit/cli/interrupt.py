"""Ctrl-C as a wish: the first asks long work to end well, the second ends it at once.

A request to terminate, as at the end of a session, is taken for the same wish.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """What Ctrl-C means. Before `listen` there is nothing to save, and it interrupts as usual."""

    def __init__(self) -> None:
        self._listens = threading.Event()
        self._asked = threading.Event()

    def listen(self) -> None:
        """From now on take the first Ctrl-C as a wish."""
        self._listens.set()

    def listen_no_more(self) -> None:
        """From now on Ctrl-C interrupts as usual."""
        self._listens.clear()

    def asked(self) -> bool:
        """Return whether Ctrl-C was pressed since."""
        return self._asked.is_set()

    def note(self, number: int, frame: FrameType | None) -> None:
        """Take a signal: remember the first, pass on any other."""
        if self._asked.is_set() or not self._listens.is_set():
            signal.default_int_handler(number, frame)
        self._asked.set()


@contextmanager
def first_interrupt_asks() -> Iterator[Interrupts]:
    """Turn the first Ctrl-C into a question that the work answers when it is ready.

    Yields:
        What says whether Ctrl-C was pressed; pressed again, it interrupts as usual.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = {number: signal.signal(number, interrupts.note) for number in _SIGNALS}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
