"""Training of a language model in five phases: resolve, prepare, train, calibrate, write.

Each phase takes values and returns a value; its events are yielded beside.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TypeVar

from lmkit.recipes.calibrate import calibrate
from lmkit.recipes.follow import lead
from lmkit.recipes.prepare import prepare
from lmkit.recipes.request import TrainRequest
from lmkit.recipes.resolve import resolve
from lmkit.recipes.run_folder import claimed
from lmkit.recipes.train_members import train
from lmkit.recipes.write import write
from lmkit.results import Trained
from lmkit.training.event_log import EventLog
from lmkit.training.events import Event
from lmkit.training.world import SingleProcess, World

T = TypeVar("T")


def never() -> bool:
    """Return False: the run is not to stop."""
    return False


def train_language_model(
    request: TrainRequest, *, stop: Callable[[], bool] = never, world: World | None = None
) -> Iterator[Event | Trained]:
    """Read text, train on it, and write a model folder.

    Args:
        request: What to train.
        stop: Asked after each step; yes ends training, saves, and writes the model as it is.
        world: Processes that train together, of which this one writes; None: this one alone.

    Yields:
        Events; the last item is the result.

    Raises:
        LmkitError: As its kinds say. A model that was in the folder is then still there.
    """
    world = world or SingleProcess()
    plan = resolve(request, processes=world.size)
    with claimed(request.out):
        seen: list[Event] = []
        data = replace((yield from _noted(prepare(plan), seen.append)), world=world)
        lead(data)
        log = EventLog(data.run.folder)
        for event in seen:  # the folder of the log is known only now
            log.append(event)
        results = yield from _noted(train(data, stop=stop), log.append)
        adapters = yield from _noted(calibrate(data, results), log.append)
        trained = write(data, results, adapters, events=log.text())
        world.meet()  # where nobody leaves early, nobody is taken for dead
        yield trained


def _noted(
    phase: Generator[Event, None, T], note: Callable[[Event], None]
) -> Generator[Event, None, T]:
    """Yield the events of a phase, note each of them, and return the value of the phase."""
    while True:
        try:
            event = next(phase)
        except StopIteration as end:
            value: T = end.value
            return value
        note(event)
        yield event
