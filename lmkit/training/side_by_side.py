"""Training runs side by side, each in a process of its own with one thread.

Threads in lock step wait for the slowest; runs of their own do not, so that two of them get all
that two cores give, also beside other programs (docs/recipe.md). The events of all come back as one
stream. A run that is asked to stop, or whose parent has died, saves as after any interrupt.
"""

import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event as Flag
from typing import Generic, Protocol, TypeVar

from lmkit.core.devices import prepare_cpu
from lmkit.core.errors import Hint, LmkitError
from lmkit.training.events import Event, FromMember

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

LOOK_SECONDS = 0.1  # between two looks whether to stop, while no run has anything to tell
END_SECONDS = 5.0  # for a process whose run is over to leave by itself
# Those that a terminal or a session sends to all processes: the parent decides what they mean.
_LEFT_TO_THE_PARENT = ("SIGINT", "SIGTERM", "SIGHUP")


class MemberRun(Protocol[T_co]):
    """A run that another process can carry out: a value, and no open file or model."""

    @property
    def name(self) -> str:
        """Name of the run in its events."""
        ...

    def train(self, *, stop: Callable[[], bool]) -> Generator[Event, None, T_co]:
        """Train.

        Args:
            stop: Asked between two steps; yes ends training and saves.

        Yields:
            The events of the run.

        Returns:
            Its result, a value of plain numbers and texts.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    """The result of a run."""

    value: T


@dataclass(frozen=True, slots=True)
class _Failed:
    """The error that ended a run; exceptions themselves do not travel with their attributes."""

    kind: type[LmkitError]
    message: str
    hint: Hint | None

    def error(self) -> LmkitError:
        """Return the error to raise."""
        return self.kind(self.message, hint=self.hint)


@dataclass(frozen=True, slots=True)
class _Member(Generic[T]):
    """A run in another process."""

    run: MemberRun[T]
    process: SpawnProcess
    messages: Connection

    def end(self) -> None:
        """Let the process leave; one that has not within some seconds is killed."""
        self.process.join(END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.messages.close()


def side_by_side(
    runs: Sequence[MemberRun[T]], *, stop: Callable[[], bool]
) -> Generator[FromMember, None, list[T]]:
    """Carry out runs side by side.

    A run that fails asks the others to stop and save; its error is raised when they have. Where
    this generator is closed or interrupted the processes are killed: a checkpoint is whole at any
    moment.

    Args:
        runs: The runs. A program that calls this, and is no interactive one, needs the usual
            `if __name__ == "__main__"` around what it does.
        stop: Asked again and again; yes ends all runs, which save.

    Yields:
        The events of all runs, with the name of each.

    Returns:
        The result of each run, in order.

    Raises:
        LmkitError: If a run fails, or its process ends without a result.
    """
    context = multiprocessing.get_context("spawn")
    asked = context.Event()
    members: list[_Member[T]] = []
    try:
        for run in runs:
            mine, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_carry_out, args=(run, theirs, asked), daemon=True)
            process.start()
            theirs.close()
            members.append(_Member(run, process, mine))
        ended = yield from _events(members, asked, stop)
    except BaseException:
        for member in members:
            member.process.kill()
        raise
    finally:
        for member in members:
            member.end()
    failures = [end for end in ended.values() if isinstance(end, _Failed)]
    if failures:
        raise failures[0].error()
    return [end.value for run in runs if isinstance(end := ended[run.name], _Done)]


def _events(
    members: Sequence[_Member[T]], asked: Flag, stop: Callable[[], bool]
) -> Generator[FromMember, None, dict[str, _Done[T] | _Failed]]:
    """Yield the events of all members as they come, and return the end of each by name."""
    open_ones = {member.messages: member for member in members}
    ended: dict[str, _Done[T] | _Failed] = {}
    while open_ones:
        if stop():
            asked.set()
        for messages in wait(list(open_ones), timeout=LOOK_SECONDS):
            member = open_ones[messages]  # type: ignore[index]  # only connections were waited for
            message = _received(member)
            if isinstance(message, _Done | _Failed):
                ended[member.run.name] = message
                del open_ones[member.messages]
            else:
                yield FromMember(member=member.run.name, event=message)
            if isinstance(message, _Failed):
                asked.set()
    return ended


def _received(member: _Member[T]) -> "Event | _Done[T] | _Failed":
    """Return the next message; a process that died without one has failed."""
    try:
        message: Event | _Done[T] | _Failed = member.messages.recv()
    except (EOFError, ConnectionResetError):
        member.process.join(END_SECONDS)
        return _Failed(LmkitError, _how_it_ended(member), Hint.RESUME)
    return message


def _how_it_ended(member: _Member[T]) -> str:
    code = member.process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return (
            f"the process that trained {member.run.name} was killed ({name}); "
            "the memory may have been too small for so many models"
        )
    return f"the process that trained {member.run.name} ended with the exit code {code}"


def _carry_out(run: MemberRun[T], messages: Connection, asked: Flag) -> None:
    """Carry out a run in this process, which has no other purpose."""
    for name in _LEFT_TO_THE_PARENT:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    prepare_cpu(threads=1)
    try:
        for message in _messages(run, asked):
            messages.send(message)
    except BrokenPipeError:  # the parent is gone, and the run has stopped and saved
        pass
    finally:
        messages.close()


def _messages(run: MemberRun[T], asked: Flag) -> "Iterator[Event | _Done[T] | _Failed]":
    parent = multiprocessing.parent_process()

    def stop() -> bool:
        return asked.is_set() or (parent is not None and not parent.is_alive())

    try:
        result = yield from run.train(stop=stop)
    except LmkitError as error:
        yield _Failed(type(error), str(error), error.hint)
    else:
        yield _Done(result)
