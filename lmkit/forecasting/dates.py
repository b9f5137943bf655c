"""Dates of observations: how far apart they are, and the ones to come.

Dates are kept as they were written; what is to come is written the same way. Knows no numbers.
"""

import calendar
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

# How many observations make a season, by the days between two of them.
_SEASONS = ((0.03, 0.05, 24), (0.9, 1.1, 7), (6.9, 7.1, 52), (28.0, 31.0, 12), (89.0, 92.0, 4))
_DAY = timedelta(days=1)


def read_date(date: str) -> datetime | None:
    """Return the time a date stands for: any ISO form, year-month, year; None for anything else."""
    date = date.strip()
    for text in (date, f"{date}-01", f"{date}-01-01"):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            continue
    return None


def season_of(dates: Sequence[str]) -> int:
    """Return how many observations make a season; 1 where the dates do not tell."""
    times = _times(dates)
    if len(times) < 3:
        return 1
    gap = median((after - before) / _DAY for before, after in pairwise(times))
    return next((season for low, high, season in _SEASONS if low <= gap <= high), 1)


def dates_ahead(dates: Sequence[str], count: int) -> tuple[str, ...]:
    """Return the dates that come next, written like the last one.

    Args:
        dates: Of the observations, in order.
        count: How many to come.

    Returns:
        Dates at the distance that all of the given ones have, in months or in time; none where
        that is not known or not the same everywhere.
    """
    times = _times(dates)
    if len(times) < 2:
        return ()
    ahead = _months_ahead(times, count) or _times_ahead(times, count)
    return tuple(_written(time, like=dates[-1].strip()) for time in ahead)


def _times(dates: Sequence[str]) -> list[datetime]:
    """Return what the dates stand for; nothing where one is no date or not of their time zone."""
    times = [read_date(date) for date in dates]
    known = [time for time in times if time is not None]
    zones = {time.utcoffset() for time in known}
    return known if len(known) == len(times) and len(zones) == 1 else []


def _months_ahead(times: list[datetime], count: int) -> list[datetime]:
    """Go on by months, on the same day or, in shorter months, on the last one."""
    months = [12 * time.year + time.month - 1 for time in times]
    step = months[1] - months[0]
    day = max(time.day for time in times)

    def at(month: int) -> datetime:
        year, number = divmod(month, 12)
        last = calendar.monthrange(year, number + 1)[1]
        return times[-1].replace(year=year, month=number + 1, day=min(day, last))

    is_even = step > 0 and all(
        month == months[0] + step * number and at(month) == time
        for number, (month, time) in enumerate(zip(months, times, strict=True))
    )
    return [at(months[-1] + step * number) for number in range(1, count + 1)] if is_even else []


def _times_ahead(times: list[datetime], count: int) -> list[datetime]:
    step = times[1] - times[0]
    gaps = {after - before for before, after in pairwise(times)}
    if gaps != {step} or step <= timedelta(0):
        return []
    return [times[-1] + step * number for number in range(1, count + 1)]


def _written(time: datetime, *, like: str) -> str:
    """Write a time the way a date was written."""
    if like.isdigit():
        return f"{time:%Y}" if len(like) == len("1949") else f"{time:%Y%m%d}"
    if len(like) == len("1949-01"):
        return f"{time:%Y-%m}"
    if len(like) <= len("1949-01-31"):
        return f"{time:%Y-%m-%d}"
    is_to_the_minute = like[11:19].count(":") == 1
    return time.isoformat(sep=like[10], timespec="minutes" if is_to_the_minute else "auto")
