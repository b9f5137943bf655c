"""Every core for what a bench starts. To be imported before torch.

OMP_PROC_BIND=true keeps the threads of a training step on cores of their own, and for that the
process binds itself to one core as soon as torch is loaded. Whatever it starts from then on is born
bound to that core too, sees no other, and runs on one thread: a bench measured by a bound bench
would be half as fast as the same command given by hand.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

CAN_BIND = hasattr(os, "sched_setaffinity")
CORES = os.sched_getaffinity(0) if CAN_BIND else set()  # all that this process was given


@contextmanager
def every_core() -> Iterator[None]:
    """Start processes in this block: they are given what this one was, and may bind themselves."""
    if not CAN_BIND:
        yield
        return
    bound = os.sched_getaffinity(0)
    use_every_core()
    try:
        yield
    finally:
        os.sched_setaffinity(0, bound)


def use_every_core() -> None:
    """Free this process, so that several of them do not share the one core they all bound to."""
    if CAN_BIND:
        os.sched_setaffinity(0, CORES)
