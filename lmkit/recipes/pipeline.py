"""Training of a language model in five phases: resolve, prepare, train, calibrate, write.

Each phase takes values and returns a value; its events are yielded beside.
"""

from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

from lmkit.recipes.calibrate import calibrate
from lmkit.recipes.prepare import prepare
from lmkit.recipes.request import TrainRequest
from lmkit.recipes.resolve import resolve
from lmkit.recipes.run_folder import claimed
from lmkit.recipes.train import train
from lmkit.recipes.write import write
from lmkit.results import Trained
from lmkit.training.event_log import EventLog
from lmkit.training.events import Event

T = TypeVar("T")


def never() -> bool:
    """Return False: the run is not to stop."""
    return False


def train_language_model(
    request: TrainRequest, *, stop: Callable[[], bool] = never
) -> Iterator[Event | Trained]:
    """Read text, train on it, and write a model folder.

    Args:
        request: What to train.
        stop: Asked after each step; yes ends training, saves, and writes the model as it is.

    Yields:
        Events; the last item is the result.

    Raises:
        LmkitError: As its kinds say. A model that was in the folder is then still there.
    """
    plan = resolve(request)
    with claimed(request.out):
        data = yield from prepare(plan)
        log = EventLog(data.run.folder)
        results = yield from _logged(train(data, stop=stop), log)
        adapters = yield from _logged(calibrate(data, results), log)
        yield write(data, results, adapters, events=log.text())


def _logged(phase: Generator[Event, None, T], log: EventLog) -> Generator[Event, None, T]:
    """Append the events of a phase to the log, and return its value."""
    while True:
        try:
            event = next(phase)
        except StopIteration as end:
            value: T = end.value
            return value
        log.append(event)
        yield event
