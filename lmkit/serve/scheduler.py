"""The scheduler: which strands of which requests go on in a tick, and what they share.

In a tick every sequence of every model goes on by one word, lines that wait to be scored are scored
together, and one strand that computes for long has its turn, in which it lets the others go on.
Nothing here knows of threads, sockets or HTTP; `engine_thread` runs it.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

from lmkit.core.errors import LmkitError
from lmkit.inference.context import Context
from lmkit.inference.engine import Output
from lmkit.inference.score import score_in_context
from lmkit.serve.decoder import Decoder
from lmkit.serve.demands import (
    Demand,
    Draw,
    More,
    Read,
    Score,
    StrandCancelledError,
    StrandFailedError,
)
from lmkit.serve.interruptible import interruptible
from lmkit.serve.prefix_cache import PrefixCache
from lmkit.serve.registry import VariantKey
from lmkit.serve.task import RunningStrand, Task, scored_together

BREATH = 0.005  # seconds that a long computation goes on before others have a step

_log = logging.getLogger(__name__)


class Scheduler:
    """Strands that share models.

    Attributes:
        prefixes: Texts read before.
        ticks: Ticks so far.
        tokens: Tokens written so far.
    """

    def __init__(
        self, *, rows: int, prefixes: PrefixCache, poll: Callable[[], None] | None = None
    ) -> None:
        """Begin without work.

        Args:
            rows: Sequences read side by side; others wait for a place.
            prefixes: Texts read before.
            poll: Called often while one strand computes for long: takes in new work.
        """
        self.prefixes = prefixes
        self.ticks = 0
        self.tokens = 0
        self._rows = rows
        self._poll = poll or (lambda: None)
        self._places = 0
        self._running: dict[Task, list[RunningStrand]] = {}
        self._decoders: dict[VariantKey, Decoder] = {}
        self._queue: deque[tuple[RunningStrand, Read | Draw]] = deque()  # wait for a place
        self._resumable: deque[tuple[RunningStrand, object]] = deque()  # and what each is sent
        self._scores: deque[tuple[RunningStrand, Score]] = deque()
        self._alone: deque[RunningStrand] = deque()
        self._breathed = 0.0

    @property
    def tasks(self) -> int:
        """Number of tasks that have not ended."""
        return len(self._running)

    @property
    def rows(self) -> int:
        """Number of sequences that are read side by side now."""
        return sum(map(len, list(self._decoders.values())))

    def add(self, task: Task) -> None:
        """Begin the strands of a task."""
        self._running[task] = [RunningStrand(task, number) for number in range(len(task.strands))]
        for running in list(self._running[task]):
            if not task.is_over:
                self._resume(running, None)

    def cancel(self, task: Task) -> None:
        """Drop a task; its places are free at once. One that has ended is left alone."""
        if task.is_over:
            return
        task.is_over = True
        for running in self._running.pop(task, []):
            self._release(running)
            if not running.computes:  # else it ends when it breathes
                running.steps.close()

    def close(self) -> None:
        """Let all tasks fail, since nothing is computed any more."""
        for task in list(self._running):
            self._fail(task, StrandFailedError())

    def tick(self) -> None:
        """Let every strand go on by one step."""
        self.ticks += 1
        self._step()
        self._score()
        self._compute()
        self._drain()

    def _step(self) -> None:
        """Let every sequence go on by one word."""
        self._fill_places()
        self._drain()
        for decoder in [decoder for decoder in self._decoders.values() if len(decoder)]:
            for running, value in self._stepped(decoder):
                if not running.task.is_over:
                    self._resume(running, value)
        self._drain()
        self._breathed = time.monotonic()

    def _stepped(self, decoder: Decoder) -> list[tuple[RunningStrand, Context | list[Output]]]:
        """Step a decoder; a fault in it ends the strands that share it, and no others."""
        try:
            came = decoder.step()
        except Exception:  # noqa: BLE001  # the other models answer on
            _log.exception("a model failed")
            self._decoders = {key: own for key, own in self._decoders.items() if own is not decoder}
            running = [one for strands in self._running.values() for one in strands]
            for task in {one.task for one in running if one.decoder is decoder}:
                self._fail(task, StrandFailedError())
            return []
        self.tokens += sum(
            not output.is_prompt for _, value in came if isinstance(value, list) for output in value
        )
        return came  # type: ignore[return-value]  # only running strands ask

    def _drain(self) -> None:
        while self._resumable:
            running, value = self._resumable.popleft()
            if not running.task.is_over:
                self._resume(running, value)

    def _resume(self, running: RunningStrand, value: object) -> None:
        """Send a strand what it waits for, and take its next demand."""
        running.computes = True
        try:
            demand = running.steps.send(value)
        except StopIteration as end:
            self._end(running, end.value)
        except StrandCancelledError:
            self.cancel(running.task)
        except LmkitError as error:
            self._fail(running.task, error)
        except Exception:  # noqa: BLE001  # a fault in one request must not end the others
            _log.exception("a request failed")
            self._fail(running.task, StrandFailedError())
        else:
            if not running.task.is_over:
                self._take(running, demand)
        finally:
            running.computes = False

    def _take(self, running: RunningStrand, demand: Demand) -> None:
        if isinstance(demand, More):
            return
        if isinstance(demand, Read | Draw):
            self._place(running, demand)
            return
        self._release(running)
        if isinstance(demand, Score):
            self._scores.append((running, demand))
        else:
            self._alone.append(running)

    def _place(self, running: RunningStrand, demand: Read | Draw) -> None:
        if not running.has_place:
            if self._places >= self._rows:
                self._queue.append((running, demand))
                return
            running.has_place = True
            self._places += 1
        self._begin(running, demand)

    def _begin(self, running: RunningStrand, demand: Read | Draw) -> None:
        decoder = self._decoder(demand)
        running.decoder = decoder
        if isinstance(demand, Draw):
            decoder.write(running, demand.request)
            return
        context = decoder.read(running, demand.ids)
        if context is not None:
            self._resumable.append((running, context))

    def _decoder(self, demand: Read | Draw) -> Decoder:
        key = demand.variant.key
        if key not in self._decoders:
            self._decoders[key] = Decoder(key, demand.variant.forward, self.prefixes)
        return self._decoders[key]

    def _fill_places(self) -> None:
        while self._queue and self._places < self._rows:
            running, demand = self._queue.popleft()
            if not running.task.is_over:
                self._place(running, demand)

    def _release(self, running: RunningStrand) -> None:
        """Take a strand out of its decoder and free its place."""
        if running.decoder is not None:
            running.decoder.cancel(running)
            running.decoder = None
        self._places -= running.has_place
        running.has_place = False

    def _end(self, running: RunningStrand, result: object) -> None:
        task = running.task
        self._release(running)
        task.results[running.number] = result
        task.left -= 1
        if not task.left and not task.is_over:
            task.is_over = True
            self._running.pop(task, None)
            task.on_end(task.results)

    def _fail(self, task: Task, error: LmkitError) -> None:
        if not task.is_over:
            self.cancel(task)
            task.on_end(error)

    def _score(self) -> None:
        """Score the lines of strands that share a model, together."""
        waiting = deque(one for one in self._scores if not one[0].task.is_over)
        group, self._scores = scored_together(waiting)
        if not group:
            return
        first, askers = group[0][1], [running for running, _ in group]
        directions = interruptible(first.variant.directions, partial(self._breathe, askers))
        lines = [line for _, demand in group for line in demand.lines]
        try:
            found = iter(
                [
                    *score_in_context(
                        directions, first.variant.vocabulary, lines, context=first.context
                    )
                ]
            )
        except StrandCancelledError:
            return
        except LmkitError as error:
            for running in askers:
                self._fail(running.task, error)
            return
        for running, demand in group:
            self._resumable.append((running, list(islice(found, len(demand.lines)))))

    def _compute(self) -> None:
        """Give a strand that computes for long its turn."""
        while self._alone:
            running = self._alone.popleft()
            if not running.task.is_over:
                self._resume(running, partial(self._breathe, [running]))
                return

    def _breathe(self, computing: Sequence[RunningStrand]) -> None:
        """Let the others go on while strands compute for long.

        Raises:
            StrandCancelledError: If nobody waits for the strands any more.
        """
        if time.monotonic() - self._breathed >= BREATH:
            self._poll()
            self._step()
        if all(running.task.is_over for running in computing):
            raise StrandCancelledError
