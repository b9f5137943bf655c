"""Start of the processes of a training run by torchrun, and the connections between them.

torchrun starts the same command several times and says in the environment which process each is.
It starts all of them anew when one has died, or when machines come and go. What an earlier start
has left at the meeting point must not be taken for that of this one: the processes therefore greet
each other there, and use a part of it that only this start knows.
"""

import os
import socket
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import torch
from torch import distributed
from torch.distributed import (  # type: ignore[attr-defined]  # documented, and not listed there
    PrefixStore,
    ProcessGroup,
    ProcessGroupGloo,
    Store,
    TCPStore,
)

from lmkit.core.errors import LmkitError, UsageError
from lmkit.training.distributed import DistributedWorld, Groups, plain_reason

NEEDED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
UNNAMED = "none"  # the name torchrun gives to a run that was given none
STEP_TIMEOUT = timedelta(minutes=30)  # for an answer of a process that is alive
LONG_TIMEOUT = timedelta(days=7)  # for the reading of a text
MEETING_SECONDS = 300.0
LOOK_SECONDS = 0.02
DEVICES = ("cpu", "cuda")


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One process of several, as torchrun has started it.

    Attributes:
        rank: Number of the process.
        size: Number of processes.
        local_rank: Number of the process on its machine.
        name: Name of the run, the same after each restart.
        address: Host of the meeting point.
        port: Port of the meeting point.
        is_hosted: Whether torchrun keeps the meeting point; else the first process does.
    """

    rank: int
    size: int
    local_rank: int
    name: str
    address: str
    port: int
    is_hosted: bool

    def store(self) -> Store:
        """Return the meeting point of the processes.

        Raises:
            LmkitError: If it cannot be reached.
        """
        try:
            return TCPStore(
                self.address,
                self.port,
                is_master=self.rank == 0 and not self.is_hosted,
                timeout=timedelta(seconds=MEETING_SECONDS),
                wait_for_workers=False,
            )
        except (RuntimeError, ValueError) as error:
            raise LmkitError(
                f"process {self.rank} cannot reach the meeting point {self.address}:{self.port} "
                f"({error}); check that torchrun starts it and that the port is open"
            ) from None


def launched(environment: Mapping[str, str] = os.environ) -> Launch | None:
    """Return how torchrun has started this process; None where it was started alone.

    Args:
        environment: Variables of the process.

    Raises:
        UsageError: If they are there and make no sense.
    """
    if any(name not in environment for name in NEEDED):
        return None
    numbers = {name: environment[name] for name in NEEDED if name != "MASTER_ADDR"}
    if not all(number.isdecimal() for number in numbers.values()):
        given = ", ".join(f"{name}={number}" for name, number in numbers.items())
        raise UsageError(f"{given}: these are not numbers of processes, as torchrun would set them")
    name = environment.get("TORCHELASTIC_RUN_ID", UNNAMED)
    return Launch(
        rank=int(environment["RANK"]),
        size=int(environment["WORLD_SIZE"]),
        local_rank=int(environment["LOCAL_RANK"]),
        name=_name_of_parent() if name == UNNAMED else name,
        address=environment["MASTER_ADDR"],
        port=int(environment["MASTER_PORT"]),
        is_hosted=environment.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
    )


class Failures:
    """Notes at the meeting point: an error that one process has told the user about."""

    def __init__(self, store: Store, *, seconds: float = 1.0) -> None:
        """Take a meeting point.

        Args:
            store: Of this start alone.
            seconds: Time that a note may take to arrive, once its process is gone.
        """
        self._store = store
        self._seconds = seconds

    def say(self, exit_code: int) -> None:
        """Note that this process ends with an error and says why.

        Args:
            exit_code: Of the process.
        """
        with suppress(RuntimeError):  # the meeting point is gone as well
            self._store.set("failed", str(exit_code))

    def said(self) -> int | None:
        """Return the exit code of a process that has said why it ended; None: none has."""
        until = time.monotonic() + self._seconds
        with suppress(RuntimeError):
            while time.monotonic() < until:
                if note := _read(self._store, "failed"):
                    return int(note)
                time.sleep(LOOK_SECONDS)
        return None


def join(
    launch: Launch, device: torch.device, *, saved: int = 0
) -> tuple[DistributedWorld, Failures]:
    """Connect this process with the others.

    Args:
        launch: This process.
        device: Type of device that it trains on.
        saved: Time of the newest checkpoint of the run on this machine; 0: there is none. The
            process with the newest leads; where several have it, the one of the lowest rank.

    Returns:
        The processes of the run, and their notes about failures.

    Raises:
        UsageError: If several processes cannot train on such a device.
        LmkitError: If the others cannot be reached.
    """
    if device.type not in DEVICES:
        raise UsageError(
            f"several processes train on cpu or cuda, not on {device.type}; give --device cpu"
        )
    if device.type == "cuda":
        _use_gpu(launch.local_rank)
    store = launch.store()
    session, rank = meet(store, launch.rank, launch.size, saved=saved)
    store = PrefixStore(session, store)
    groups = connect(store, rank, launch.size, device=device)
    return DistributedWorld(groups), Failures(store)


def connect(store: Store, rank: int, size: int, *, device: torch.device) -> Groups:
    """Open the connections between processes.

    Args:
        store: Meeting point that nobody has used before.
        rank: Number of this process.
        size: Number of processes.
        device: The one that it trains on.

    Raises:
        LmkitError: If another process is not there.
    """
    try:
        memory, patient = (
            ProcessGroupGloo(PrefixStore(name, store), rank, size, timeout)
            for name, timeout in (("memory", STEP_TIMEOUT), ("patient", LONG_TIMEOUT))
        )
        nccl = _nccl(PrefixStore("device", store), rank, size) if device.type == "cuda" else None
    except RuntimeError as error:
        raise LmkitError(
            f"process {rank} of {size} cannot reach the others ({plain_reason(error)}); "
            "where a machine has several networks, GLOO_SOCKET_IFNAME names the one to use"
        ) from None
    return Groups(cast("ProcessGroup", memory), cast("ProcessGroup", patient), nccl)


def meet(
    store: Store,
    rank: int,
    size: int,
    *,
    saved: int = 0,
    seconds: float = MEETING_SECONDS,
    look: float = LOOK_SECONDS,
) -> tuple[str, int]:
    """Wait for the other processes of this start, whatever an earlier one has left behind.

    Each leaves a word that nobody else knows. The first repeats all words with the name of the
    session; a process that finds its own word there says so, and the session begins once all have.

    Args:
        store: The meeting point.
        rank: Number of this process.
        size: Number of processes.
        saved: Time of the newest checkpoint that this process can read.
        seconds: Time to wait.
        look: Seconds between two looks.

    Returns:
        The name of the session, the same in every process and never used before, and the rank in
        it: those with newer checkpoints come first.

    Raises:
        LmkitError: If another process is not there in time.
    """
    word, until = f"{saved}-{uuid.uuid4().hex}", time.monotonic() + seconds
    store.set(f"word/{rank}", word)
    session = ""
    words: list[str] = []
    while time.monotonic() < until:
        if rank == 0:
            found = [_read(store, f"word/{other}") for other in range(size)]
            if all(found) and found != words:  # a word of an earlier start may still be among them
                session, words = uuid.uuid4().hex, found
                store.set("session", " ".join([session, *words]))
        else:
            session, *words = _read(store, "session").split(" ")
        if len(words) == size and words[rank] == word:
            store.set(f"{session}/{rank}", "here")
            if store.check([f"{session}/{other}" for other in range(size)]):
                return session, _order(words).index(rank)
        time.sleep(look)
    raise LmkitError(
        f"process {rank} of {size} has waited for the others for {seconds:g} seconds; "
        "check that torchrun runs on every machine"
    )


def _order(words: Sequence[str]) -> list[int]:
    """Return the ranks of processes, those with newer checkpoints first."""
    saved = [int(word.split("-")[0]) for word in words]
    return sorted(range(len(words)), key=lambda rank: -saved[rank])


def _read(store: Store, key: str) -> str:
    return store.get(key).decode() if store.check([key]) else ""


def _name_of_parent() -> str:
    """Return a name of the torchrun that has started this process; it outlives restarts."""
    return f"{socket.gethostname()}-{os.getppid()}"


def _use_gpu(number: int) -> None:
    """Let this process use one GPU alone."""
    there = torch.cuda.device_count()
    if number >= there:
        raise UsageError(
            f"this machine has {there} GPUs and at least {number + 1} processes were started on "
            f"it; give torchrun --nproc-per-node {there}"
        )
    torch.cuda.set_device(number)


def _nccl(store: Store, rank: int, size: int) -> ProcessGroup:
    """Return the connection between GPUs; builds of torch without CUDA have none."""
    options = distributed.ProcessGroupNCCL.Options()
    options._timeout = STEP_TIMEOUT
    return cast("ProcessGroup", distributed.ProcessGroupNCCL(store, rank, size, options))
