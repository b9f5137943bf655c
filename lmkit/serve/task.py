"""The strands of one request, and the group of those whose lines are scored together."""

from collections import deque
from collections.abc import Callable, Sequence

from lmkit.core.errors import LmkitError
from lmkit.serve.decoder import Decoder
from lmkit.serve.demands import Score, Strand

LINES = 256  # lines scored together at most


class Task:
    """The strands of one request, and where their answers go.

    Attributes:
        strands: Not begun yet.
        on_end: Called once, with the answers of all strands or the error of one; never after the
            task was cancelled.
        results: The answers so far.
        is_over: Whether it has ended or was cancelled.
    """

    def __init__(
        self,
        strands: Sequence[Strand],
        on_end: Callable[[list[object] | LmkitError], None],
    ) -> None:
        self.strands = list(strands)
        self.on_end = on_end
        self.results: list[object] = [None] * len(self.strands)
        self.left = len(self.strands)
        self.is_over = False


class RunningStrand:
    """A strand that was begun."""

    def __init__(self, task: Task, number: int) -> None:
        self.task = task
        self.number = number
        self.steps = task.strands[number]
        self.has_place = False
        self.decoder: Decoder | None = None
        self.computes = False


def scored_together(
    waiting: deque[tuple[RunningStrand, Score]],
) -> tuple[list[tuple[RunningStrand, Score]], deque[tuple[RunningStrand, Score]]]:
    """Part strands into those whose lines are scored with those of the first, and the others."""
    group: list[tuple[RunningStrand, Score]] = []
    others: deque[tuple[RunningStrand, Score]] = deque()
    lines = 0
    for running, demand in waiting:
        first = group[0][1] if group else demand
        is_like = demand.variant is first.variant and demand.context == first.context == "line"
        if not group or (is_like and lines + len(demand.lines) <= LINES):
            group.append((running, demand))
            lines += len(demand.lines)
        else:
            others.append((running, demand))
    return group, others
