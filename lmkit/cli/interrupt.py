"""Ctrl-C as a wish: the first asks long work to end well, the second ends it at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def first_interrupt_asks() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a question that the work answers when it is ready.

    Yields:
        A function that says whether Ctrl-C was pressed; pressed again, it interrupts as usual.
    """
    asked = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            signal.default_int_handler(number, frame)
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
