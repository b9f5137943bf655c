"""Plans of steps: the progress of a run as a function of the step alone.

A budget in minutes becomes a number of steps once the first steps have shown how long one takes;
later measurements may change what is left. Each change adds a segment, and progress goes on from
where it was: p(step) = p0 + (1 - p0) * (step - s0) / (S - s0). The segments are a value that the
checkpoint stores, so a resumed run follows the same curve. Knows no clock.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a plan: progress rises evenly from `progress` at `start` to 1 at `steps`."""

    start: int
    progress: float
    steps: int


@dataclass(frozen=True, slots=True)
class StepPlan:
    """The steps of a whole run.

    Attributes:
        segments: In the order they were made; each holds from its start on.
    """

    segments: tuple[Segment, ...]

    @classmethod
    def of(cls, steps: int) -> "StepPlan":
        """Return the plan to take so many steps, at least one."""
        return cls((Segment(0, 0.0, max(1, steps)),))

    @property
    def steps(self) -> int:
        """Number of steps of the whole run."""
        return self.segments[-1].steps

    def progress(self, step: int) -> float:
        """Return the fraction of the run done before a step is taken, 0..1.

        Args:
            step: Steps taken so far.

        Returns:
            0 at the start, 1 at the end; it never falls as steps are taken.
        """
        segment = next((s for s in reversed(self.segments) if s.start <= step), self.segments[0])
        span = max(1, segment.steps - segment.start)
        part = min(1.0, max(0.0, (step - segment.start) / span))
        return segment.progress + (1.0 - segment.progress) * part

    def step_at(self, progress: float) -> float:
        """Return the step before which so much of the run is done, by the plan as it is now.

        Args:
            progress: Fraction of the run, 0..1.
        """
        last = self.segments[-1]
        part = (progress - last.progress) / max(1e-12, 1.0 - last.progress)
        return last.start + (last.steps - last.start) * min(1.0, max(0.0, part))

    def changed(self, step: int, steps: int) -> "StepPlan":
        """Return the plan that from `step` on heads for another number of steps.

        Args:
            step: Steps taken so far.
            steps: Steps of the whole run, those taken included.

        Returns:
            A plan with the same progress at `step`; this one if nothing changes.
        """
        steps = max(step + 1, steps)
        if steps == self.steps:
            return self
        segment = Segment(step, self.progress(step), steps)
        kept = tuple(s for s in self.segments if s.start < step)
        return replace(self, segments=(*kept, segment))

    def to_json(self) -> list[list[float]]:
        """Return the segments as plain lists."""
        return [[s.start, s.progress, s.steps] for s in self.segments]

    @classmethod
    def from_json(cls, rows: list[list[float]]) -> "StepPlan":
        """Return the plan that `to_json` gave."""
        return cls(tuple(Segment(int(a), float(p), int(b)) for a, p, b in rows))
