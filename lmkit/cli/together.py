"""Training in several processes that torchrun has started, as one command with one voice."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from lmkit.cli.interrupt import INTERRUPTED, Interrupts

if TYPE_CHECKING:
    from lmkit.recipes import TrainRequest
    from lmkit.training.launch import Launch
    from lmkit.training.world import World


@contextmanager
def joined(request: "TrainRequest") -> "Iterator[tuple[TrainRequest, World, Launch | None]]":
    """Connect this process with the others that torchrun has started, for as long as they train.

    An error is said by the process that it befell; the others leave with the same exit code.

    Args:
        request: What to train.

    Yields:
        The request with the name of the launch, the processes, and how this one was started; None
        where it was started alone.

    Raises:
        Exit: If another process has said why the training ends.
    """
    from lmkit.core.devices import choose_device
    from lmkit.core.errors import LmkitError
    from lmkit.recipes.run_folder import last_saved
    from lmkit.training.distributed import LostProcessError
    from lmkit.training.launch import join, launched
    from lmkit.training.world import SingleProcess

    launch = launched()
    if launch is None:
        yield request, SingleProcess(), None
        return
    request = replace(request, launch=launch.name)
    if launch.size == 1:
        yield request, SingleProcess(), launch
        return
    saved = last_saved(request.out, launch=None if request.resume else launch.name)
    world, failures = join(launch, choose_device(request.device), saved=saved)
    try:
        yield request, world, launch
    except LostProcessError:
        code = failures.said()
        if code is None:
            raise
        raise typer.Exit(code) from None
    except LmkitError as error:
        failures.say(error.exit_code)
        raise
    except KeyboardInterrupt:
        failures.say(INTERRUPTED)
        raise


def follow_quietly(
    request: "TrainRequest", world: "World", launch: "Launch", interrupts: Interrupts
) -> None:
    """Train as a process that writes nothing and says nothing.

    Args:
        request: What to train.
        world: The processes.
        launch: This process.
        interrupts: Of this command.

    Raises:
        Exit: If the training was interrupted, with exit code 130.
    """
    from lmkit.recipes import follow

    interrupts.listen()
    stop = asked_or_orphaned(interrupts)
    if follow(request, stop=stop, world=world, local_rank=launch.local_rank) == "interrupted":
        raise typer.Exit(INTERRUPTED)


def asked_or_orphaned(interrupts: Interrupts) -> Callable[[], bool]:
    """Return a function that tells whether to stop: asked to, or torchrun itself has died.

    Args:
        interrupts: Of this command.
    """
    parent = os.getppid()
    return lambda: interrupts.asked() or os.getppid() != parent
