"""Ctrl-C as a wish: the first asks long work to end well, the second ends it at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """What Ctrl-C means. Before `listen` there is nothing to save, and it interrupts as usual."""

    def __init__(self) -> None:
        self._listens = threading.Event()
        self._asked = threading.Event()

    def listen(self) -> None:
        """From now on take the first Ctrl-C as a wish."""
        self._listens.set()

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
    before = signal.signal(signal.SIGINT, interrupts.note)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)
