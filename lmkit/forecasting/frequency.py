"""Frequency of a series: the step from one time to the next, and the times that follow.

Knows times without a zone, and no text.
"""

import calendar
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

from typing_extensions import override

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
LONGEST_DAY = 96  # steps in a day that count as a season: quarters of an hour
LONGEST_HOLIDAY = 5  # working days in a row that may be missing without being a gap
HOLIDAYS = 0.1  # fraction of the working days that may be missing, or, in a short series,
FEWEST_HOLIDAYS = 3  # this many

LAST_DAY = 31  # anchors of a month: its days, a shorter month ending earlier, and three others
LAST_WEEKDAY, FIRST_WEEKDAY, ANY_DAY = -1, -2, 0

_Step = TypeVar("_Step", int, timedelta)


class Frequency(Protocol):
    """Grid of times on which observations lie."""

    @property
    def season(self) -> int:
        """Number of steps in a season; 1 where there is none."""
        ...

    def steps(self, earlier: datetime, later: datetime) -> int | None:
        """Count the steps from one time to another; None where the second is off the grid."""
        ...

    def after(self, time: datetime, count: int) -> datetime:
        """Return the time `count` steps after another.

        Raises:
            OverflowError: If that is after the year 9999.
        """
        ...


@dataclass(frozen=True, slots=True)
class Monthly(Frequency):
    """Months, quarters or years.

    Attributes:
        step: Months from one time to the next.
        anchor: Day of the month (in a shorter month its last day), or LAST_WEEKDAY, FIRST_WEEKDAY
            or ANY_DAY.
    """

    step: int
    anchor: int

    @property
    @override
    def season(self) -> int:
        return 12 // self.step if 12 % self.step == 0 else 1

    @override
    def steps(self, earlier: datetime, later: datetime) -> int | None:
        count, rest = divmod(_month_number(later) - _month_number(earlier), self.step)
        return None if rest else count

    @override
    def after(self, time: datetime, count: int) -> datetime:
        return _in_month(_month_number(time) + count * self.step, self.anchor or time.day, time)


@dataclass(frozen=True, slots=True)
class Workdays(Frequency):
    """Some days of every week, such as Monday to Friday.

    Attributes:
        days: Numbers of the days, Monday being 0, in rising order.
    """

    days: tuple[int, ...]

    @property
    @override
    def season(self) -> int:
        return len(self.days)

    @override
    def steps(self, earlier: datetime, later: datetime) -> int | None:
        if later.weekday() not in self.days or (later - earlier) % DAY:
            return None
        return self._number(later) - self._number(earlier)

    @override
    def after(self, time: datetime, count: int) -> datetime:
        weeks, place = divmod(self.days.index(time.weekday()) + count, len(self.days))
        return time + weeks * WEEK + (self.days[place] - time.weekday()) * DAY

    def _number(self, time: datetime) -> int:
        """Number the working days through, the weeks of year 1 included."""
        weeks = (time.toordinal() - time.weekday()) // 7
        return weeks * len(self.days) + self.days.index(time.weekday())


@dataclass(frozen=True, slots=True)
class Even(Frequency):
    """StepTimes at one distance from each other: weeks, days, hours, seconds."""

    step: timedelta

    @property
    @override
    def season(self) -> int:
        if self.step < DAY:
            count = DAY // self.step
            return count if not DAY % self.step and count <= LONGEST_DAY else 1
        if self.step == DAY:
            return 7
        weeks, rest = divmod(self.step, WEEK)
        return 52 // weeks if not rest and 52 % weeks == 0 else 1

    @override
    def steps(self, earlier: datetime, later: datetime) -> int | None:
        count, rest = divmod(later - earlier, self.step)
        return None if rest else count

    @override
    def after(self, time: datetime, count: int) -> datetime:
        return time + count * self.step


@dataclass(frozen=True, slots=True)
class Gap:
    """Observations that are missing after one that is there."""

    position: int  # of the observation before the gap
    missing: int


def find_frequency(times: Sequence[datetime]) -> Frequency | None:
    """Find the frequency that times share, be it with gaps.

    Args:
        times: Strictly rising, at least two.

    Returns:
        The frequency; None where the distances have no step in common.
    """
    found = _monthly(times) or _workdays(times) or _even(times)
    return found or _monthly(times, anchors=(ANY_DAY,))


def find_gaps(times: Sequence[datetime], frequency: Frequency) -> tuple[Gap, ...]:
    """Return every gap, holidays included."""
    counts = [frequency.steps(before, after) or 1 for before, after in pairwise(times)]
    return tuple(Gap(place, count - 1) for place, count in enumerate(counts) if count > 1)


def are_holidays(gaps: Sequence[Gap], frequency: Frequency, length: int) -> bool:
    """Tell whether gaps are what holidays leave in a series of working days.

    Args:
        gaps: All gaps of the series.
        frequency: Its frequency.
        length: Number of observations.
    """
    missing = [gap.missing for gap in gaps]
    is_short = max(missing, default=0) <= LONGEST_HOLIDAY
    most = max(FEWEST_HOLIDAYS, HOLIDAYS * length)
    return isinstance(frequency, Workdays) and is_short and sum(missing) <= most


def is_regular(times: Sequence[datetime]) -> bool:
    """Tell whether rising times follow each other without a gap, holidays excepted."""
    frequency = find_frequency(times)
    if frequency is None:
        return False
    gaps = find_gaps(times, frequency)
    return not gaps or are_holidays(gaps, frequency, len(times))


def first_uneven(times: Sequence[datetime]) -> int:
    """Return the position of the first time whose distance to the next is not the usual one."""
    distances = [after - before for before, after in pairwise(times)]
    usual = _usual(distances)
    return next((place for place, distance in enumerate(distances) if distance != usual), 0)


def _monthly(
    times: Sequence[datetime], anchors: Sequence[int] = (LAST_WEEKDAY, FIRST_WEEKDAY)
) -> Monthly | None:
    months = [_month_number(time) for time in times]
    distances = [after - before for before, after in pairwise(months)]
    step = _common_step(distances) if min(distances) > 0 else None
    if step is None:
        return None
    latest = max(time.day for time in times)
    days = anchors if ANY_DAY in anchors else (LAST_DAY, latest, *anchors)
    found = (day for day in days if _has_anchor(times, day))
    return next((Monthly(step, day) for day in found), None)


def _has_anchor(times: Sequence[datetime], anchor: int) -> bool:
    hour = times[0].time()
    return all(
        time.time() == hour and _in_month(_month_number(time), anchor or time.day, time) == time
        for time in times
    )


def _workdays(times: Sequence[datetime]) -> Workdays | None:
    """Find days of the week that are never there, in two weeks or more."""
    days = tuple(sorted({time.weekday() for time in times}))
    is_daily = all((after - before) % DAY == timedelta() for before, after in pairwise(times))
    if not is_daily or not 2 <= len(days) <= 6 or len(times) < 2 * len(days):
        return None
    found = Workdays(days)
    possible = (found.steps(times[0], times[-1]) or 0) + 1
    usual = _usual([after - before for before, after in pairwise(times)])
    is_working_week = len(days) >= 5 and usual == DAY
    return found if is_working_week or len(times) >= (1 - HOLIDAYS) * possible else None


def _even(times: Sequence[datetime]) -> Even | None:
    step = _common_step([after - before for before, after in pairwise(times)])
    return Even(step) if step else None


def _common_step(distances: Sequence[_Step]) -> _Step | None:
    """Return the usual distance, or else the smallest, if all are multiples of it."""
    for step in (_usual(distances), min(distances)):
        if not any(distance % step for distance in distances):
            return step
    return None


def _usual(distances: Iterable[_Step]) -> _Step:
    """Return the distance that is found most often, the smallest of those."""
    counts = Counter(distances)
    most = max(counts.values())
    return min(distance for distance, count in counts.items() if count == most)


def _month_number(time: datetime) -> int:
    return 12 * time.year + time.month - 1


def _in_month(number: int, anchor: int, like: datetime) -> datetime:
    """Return the time of day of another in a month, on the day that the anchor says."""
    year, month = divmod(number, 12)
    if year > 9999:
        raise OverflowError("dates end with the year 9999")
    first, last = calendar.monthrange(year, month + 1)
    day = min(anchor, last)
    if anchor == LAST_WEEKDAY:
        day = last - max(0, (first + last - 1) % 7 - 4)
    if anchor == FIRST_WEEKDAY:
        day = 1 + (7 - first if first > 4 else 0)
    return like.replace(year=year, month=month + 1, day=day)
