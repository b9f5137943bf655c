"""Frequencies: steps, gaps and holidays, compared with counting by hand."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.forecasting.frequency import (
    ANY_DAY,
    FIRST_WEEKDAY,
    LAST_DAY,
    LAST_WEEKDAY,
    Even,
    Gap,
    Monthly,
    Workdays,
    are_holidays,
    find_frequency,
    find_gaps,
    first_uneven,
    is_regular,
)

DAY, HOUR, WEEK = timedelta(days=1), timedelta(hours=1), timedelta(days=7)
MONDAY_TO_FRIDAY, SUNDAY_TO_THURSDAY = (0, 1, 2, 3, 4), (0, 1, 2, 3, 6)


def at(*days: str) -> list[datetime]:
    return [datetime.fromisoformat(day) for day in days]


def every(step: timedelta, count: int, start: str = "2010-01-01") -> list[datetime]:
    return [datetime.fromisoformat(start) + number * step for number in range(count)]


def weekdays(count: int, start: str = "2023-01-02") -> list[datetime]:
    """Count days through and leave the weekends out."""
    days = (datetime.fromisoformat(start) + number * DAY for number in range(2 * count))
    return [day for day in days if day.weekday() < 5][:count]


@pytest.mark.parametrize(
    ("times", "frequency"),
    [
        (at("2010-01-01", "2010-02-01", "2010-03-01"), Monthly(1, 1)),
        (at("2010-01-15", "2010-02-15", "2010-03-15"), Monthly(1, 15)),
        (at("2010-01-01", "2010-04-01", "2010-07-01"), Monthly(3, 1)),
        (at("2010-01-01", "2011-01-01", "2012-01-01"), Monthly(12, 1)),
        (at("1900-01-01", "1910-01-01", "1920-01-01"), Monthly(120, 1)),
        (at("2010-01-31", "2010-02-28", "2010-03-31"), Monthly(1, LAST_DAY)),
        (at("2010-06-30", "2010-09-30", "2010-12-31"), Monthly(3, LAST_DAY)),
        (at("2010-06-30", "2010-09-30"), Monthly(3, LAST_DAY)),
        (at("2010-01-30", "2010-02-28", "2010-03-30"), Monthly(1, 30)),
        (at("2010-01-29", "2010-02-26", "2010-03-31"), Monthly(1, LAST_WEEKDAY)),
        (at("2010-04-01", "2010-05-03", "2010-06-01"), Monthly(1, FIRST_WEEKDAY)),
        (at("2010-01-07", "2010-02-03", "2010-03-12"), Monthly(1, ANY_DAY)),
        (every(DAY, 5), Even(DAY)),
        (every(WEEK, 5), Even(WEEK)),
        (every(HOUR, 5), Even(HOUR)),
        (every(timedelta(minutes=15), 5), Even(timedelta(minutes=15))),
        (every(timedelta(seconds=1), 5), Even(timedelta(seconds=1))),
        (every(timedelta(milliseconds=250), 5), Even(timedelta(milliseconds=250))),
        (weekdays(15), Workdays(MONDAY_TO_FRIDAY)),
    ],
)
def test_the_frequency_of_even_times_is_found(times, frequency):
    assert find_frequency(times) == frequency
    assert find_gaps(times, frequency) == ()
    assert is_regular(times)


def test_months_with_one_observation_on_any_day_are_months():
    times = at("2010-01-07", "2010-02-03", "2010-03-12", "2010-05-05")
    frequency = find_frequency(times)
    assert frequency == Monthly(1, ANY_DAY)
    assert find_gaps(times, frequency) == (Gap(2, 1),)


def test_times_without_a_common_step_have_no_frequency():
    times = at("2010-01-01T00:00", "2010-01-01T00:07", "2010-01-01T00:14", "2010-01-01T00:16")
    assert find_frequency(times) is None
    assert not is_regular(times)
    assert first_uneven(times) == 2


def test_the_usual_step_is_the_smallest_of_those_found_most_often():
    assert find_frequency(at("1949-01-01", "1951-01-01", "1952-01-01")) == Monthly(12, 1)
    assert find_gaps(at("1949-01-01", "1951-01-01", "1952-01-01"), Monthly(12, 1)) == (Gap(0, 1),)


def test_where_every_second_time_is_missing_the_smallest_step_counts():
    times = every(2 * DAY, 20) + every(DAY, 3, "2010-02-10")
    assert find_frequency(times) == Even(DAY)


def test_gaps_are_counted_where_they_are():
    times = [time for number, time in enumerate(every(DAY, 12)) if number not in (3, 4, 9)]
    assert find_frequency(times) == Even(DAY)
    assert find_gaps(times, Even(DAY)) == (Gap(2, 2), Gap(6, 1))


@pytest.mark.parametrize(
    ("days", "week"),
    [
        (MONDAY_TO_FRIDAY, MONDAY_TO_FRIDAY),
        (SUNDAY_TO_THURSDAY, SUNDAY_TO_THURSDAY),
        ((0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4, 5)),
        ((0, 2, 4), (0, 2, 4)),
        ((1, 3), (1, 3)),
    ],
)
def test_the_days_of_a_working_week_are_found(days, week):
    times = [time for time in every(DAY, 60) if time.weekday() in days]
    assert find_frequency(times) == Workdays(week)
    assert find_frequency(times).season == len(week)


def test_five_days_in_a_row_are_days():
    assert find_frequency(weekdays(5)) == Even(DAY)
    assert find_frequency(weekdays(9)) == Even(DAY)
    assert find_frequency(weekdays(10)) == Workdays(MONDAY_TO_FRIDAY)


def test_hours_of_working_days_are_no_working_days():
    times = [day + hour * HOUR for day in weekdays(10) for hour in range(9, 17)]
    assert find_frequency(times) == Even(HOUR)
    assert not is_regular(times)


def test_a_few_holidays_are_no_gaps():
    times = weekdays(60)
    del times[42], times[20]
    gaps = find_gaps(times, Workdays(MONDAY_TO_FRIDAY))
    assert gaps == (Gap(19, 1), Gap(40, 1))
    assert are_holidays(gaps, Workdays(MONDAY_TO_FRIDAY), len(times))
    assert is_regular(times)


def test_a_week_and_more_is_no_holiday():
    times = weekdays(80)
    week_off = times[:30] + times[35:]
    longer_off = times[:30] + times[36:]
    assert is_regular(week_off)
    assert not is_regular(longer_off)


def test_more_than_a_tenth_is_no_holiday():
    times = weekdays(60)
    assert is_regular([time for place, time in enumerate(times) if place % 12 != 5])
    assert not is_regular([time for place, time in enumerate(times) if place % 7 != 5])


def test_gaps_of_other_frequencies_are_never_holidays():
    assert not are_holidays((Gap(3, 1),), Even(DAY), 1000)
    assert not are_holidays((Gap(3, 1),), Monthly(1, 1), 1000)
    assert are_holidays((), Workdays(MONDAY_TO_FRIDAY), 1000)


@pytest.mark.parametrize(
    ("frequency", "season"),
    [
        (Monthly(1, 1), 12),
        (Monthly(2, 1), 6),
        (Monthly(3, 1), 4),
        (Monthly(6, 1), 2),
        (Monthly(12, 1), 1),
        (Monthly(5, 1), 1),
        (Monthly(24, 1), 1),
        (Workdays(MONDAY_TO_FRIDAY), 5),
        (Even(DAY), 7),
        (Even(WEEK), 52),
        (Even(2 * WEEK), 26),
        (Even(4 * WEEK), 13),
        (Even(3 * WEEK), 1),
        (Even(2 * DAY), 1),
        (Even(10 * DAY), 1),
        (Even(HOUR), 24),
        (Even(6 * HOUR), 4),
        (Even(7 * HOUR), 1),
        (Even(timedelta(minutes=30)), 48),
        (Even(timedelta(minutes=15)), 96),
        (Even(timedelta(minutes=1)), 1),
        (Even(timedelta(seconds=1)), 1),
    ],
)
def test_seasons_are_those_of_the_calendar(frequency, season):
    assert frequency.season == season


@pytest.mark.parametrize(
    ("frequency", "last", "ahead"),
    [
        (Monthly(1, LAST_DAY), "2023-12-31", ["2024-01-31", "2024-02-29", "2024-03-31"]),
        (Monthly(1, 30), "2023-01-30", ["2023-02-28", "2023-03-30", "2023-04-30"]),
        (Monthly(3, 1), "2023-10-01", ["2024-01-01", "2024-04-01", "2024-07-01"]),
        (Monthly(12, 29), "2020-02-29", ["2021-02-28", "2022-02-28", "2023-02-28"]),
        (Monthly(1, LAST_WEEKDAY), "2023-08-31", ["2023-09-29", "2023-10-31", "2023-11-30"]),
        (Monthly(1, FIRST_WEEKDAY), "2023-09-01", ["2023-10-02", "2023-11-01", "2023-12-01"]),
        (Workdays(MONDAY_TO_FRIDAY), "2023-07-20", ["2023-07-21", "2023-07-24", "2023-07-25"]),
        (Workdays(SUNDAY_TO_THURSDAY), "2023-07-20", ["2023-07-23", "2023-07-24", "2023-07-25"]),
        (Workdays((1, 3)), "2023-07-20", ["2023-07-25", "2023-07-27", "2023-08-01"]),
        (Even(WEEK), "2023-12-25", ["2024-01-01", "2024-01-08", "2024-01-15"]),
    ],
)
def test_times_go_on_along_the_frequency(frequency, last, ahead):
    (start,) = at(last)
    assert [frequency.after(start, number) for number in (1, 2, 3)] == at(*ahead)
    assert [frequency.steps(start, time) for time in at(*ahead)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("frequency", "earlier", "later"),
    [
        (Monthly(3, 1), "2023-01-01", "2023-03-01"),
        (Workdays(MONDAY_TO_FRIDAY), "2023-07-20", "2023-07-22"),
        (Workdays(MONDAY_TO_FRIDAY), "2023-07-20", "2023-07-21T12:00"),
        (Even(WEEK), "2023-07-20", "2023-07-28"),
    ],
)
def test_a_time_off_the_grid_is_no_number_of_steps_away(frequency, earlier, later):
    assert frequency.steps(*at(earlier, later)) is None


@pytest.mark.parametrize("frequency", [Monthly(12, 1), Workdays((0, 2)), Even(WEEK)])
def test_nothing_comes_after_the_year_9999(frequency):
    with pytest.raises(OverflowError):
        frequency.after(datetime(9999, 12, 27), 1_000)


@given(
    st.sampled_from([(0, 1, 2, 3, 4), (0, 1, 2, 3, 6), (0, 2, 4), (1,), (0, 1, 2, 3, 4, 5)]),
    st.dates(min_value=datetime(1990, 1, 1).date(), max_value=datetime(2090, 1, 1).date()),
    st.integers(1, 300),
)
def test_working_days_ahead_are_those_of_counting_days(days, start, count):
    first = datetime.combine(start, datetime.min.time())
    while first.weekday() not in days:
        first += DAY
    slow, left = first, count
    while left:
        slow += DAY
        left -= slow.weekday() in days
    assert Workdays(days).after(first, count) == slow
    assert Workdays(days).steps(first, slow) == count


@given(st.integers(1, 31), st.integers(1, 24), st.integers(0, 200))
def test_months_ahead_are_those_of_counting_months(day, step, count):
    time = Monthly(step, day).after(datetime(2000, 1, min(day, 31)), count)
    year, month = 2000, 1
    for _ in range(step * count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    assert (time.year, time.month) == (year, month)
    assert time.day == day or (time + DAY).month != month
