"""Patterns of dates: every form reads its own, and no two take each other's."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.forecasting.date_patterns import (
    DATED_FORMS,
    FOUR_DIGITS,
    NUMBER_FORMS,
    SPREADSHEET_DAYS,
    TEXT_FORMS,
    TWO_DIGITS,
    UNDATED_FORMS,
)

ALL = (*TEXT_FORMS, *NUMBER_FORMS, SPREADSHEET_DAYS)
READ = [
    ("2024-01-31", "year/month/day", "2024-01-31"),
    ("2024/1/31", "year/month/day", "2024-01-31"),
    ("2024.01.31", "year/month/day", "2024-01-31"),
    ("2024-01-31T10:20", "year/month/day", "2024-01-31T10:20"),
    ("2024-01-31 10:20:30", "year/month/day", "2024-01-31T10:20:30"),
    ("2024-01-31T10:20:30.5", "year/month/day", "2024-01-31T10:20:30.500000"),
    ("2024-01-31T10:20:30Z", "year/month/day", "2024-01-31T10:20:30"),
    ("2024-01-31 10:20:30 UTC", "year/month/day", "2024-01-31T10:20:30"),
    ("2024-01-31 10:20:30+02:00", "year/month/day", "2024-01-31T10:20:30"),
    ("2024-01-31 10:20:30-0500", "year/month/day", "2024-01-31T10:20:30"),
    ("2024-01", "year-month", "2024-01-01"),
    ("2024/1", "year-month", "2024-01-01"),
    ("2024M01", "year-month", "2024-01-01"),
    ("2024-M1", "year-month", "2024-01-01"),
    ("2024:01", "year-month", "2024-01-01"),
    ("2024-Q3", "year-quarter", "2024-07-01"),
    ("2024q3", "year-quarter", "2024-07-01"),
    ("2024 Q3", "year-quarter", "2024-07-01"),
    ("Q3 2024", "quarter-year", "2024-07-01"),
    ("Q3/2024", "quarter-year", "2024-07-01"),
    ("3Q2024", "quarter-year", "2024-07-01"),
    ("2024-S2", "year-half", "2024-07-01"),
    ("2024H1", "year-half", "2024-01-01"),
    ("2024-W05", "year-week", "2024-01-29"),
    ("2024W05", "year-week", "2024-01-29"),
    ("2024-W5", "year-week", "2024-01-29"),
    ("2024-W05-3", "year-week", "2024-01-31"),
    ("31/12/2024", "day/month/year", "2024-12-31"),
    ("31.12.2024", "day/month/year", "2024-12-31"),
    ("31-12-2024", "day/month/year", "2024-12-31"),
    ("31.12.2024 14:00", "day/month/year", "2024-12-31T14:00"),
    ("12/31/2024", "month/day/year", "2024-12-31"),
    ("12/31/2024 2:00 PM", "month/day/year", "2024-12-31T14:00"),
    ("12/31/2024 2:00 p.m.", "month/day/year", "2024-12-31T14:00"),
    ("12/2024", "month/year", "2024-12-01"),
    ("1-2024", "month/year", "2024-01-01"),
    ("31 December 2024", "day month year", "2024-12-31"),
    ("31-Dec-2024", "day month year", "2024-12-31"),
    ("31. Dec. 2024", "day month year", "2024-12-31"),
    ("Tue, 31 Dec 2024 10:20:30 GMT", "day month year", "2024-12-31T10:20:30"),
    ("31-Dec-24", "day month year", "2024-12-31"),
    ("Dec 31, 2024", "month day year", "2024-12-31"),
    ("December 31 2024", "month day year", "2024-12-31"),
    ("2024 Dec 31", "year month day", "2024-12-31"),
    ("2024-Dec-31", "year month day", "2024-12-31"),
    ("Jan 2024", "month year", "2024-01-01"),
    ("January, 2024", "month year", "2024-01-01"),
    ("Jan-2024", "month year", "2024-01-01"),
    ("Jan-24", "month year", "2024-01-01"),
    ("Jan '24", "month year", "2024-01-01"),
    ("2024 January", "year month", "2024-01-01"),
    ("2024Jan", "year month", "2024-01-01"),
    ("20240131T1020", "yearmonthday and a time", "2024-01-31T10:20"),
    ("20240131 10:20:30", "yearmonthday and a time", "2024-01-31T10:20:30"),
    ("31/12/24", "day/month/year of two digits", "2024-12-31"),
    ("12/31/24", "month/day/year of two digits", "2024-12-31"),
    ("Mar", "month without a year", "2000-03-01"),
    ("march", "month without a year", "2000-03-01"),
    ("2024", "year", "2024-01-01"),
    ("202401", "yearmonth", "2024-01-01"),
    ("20240131", "yearmonthday", "2024-01-31"),
    ("202401311020", "yearmonthday and a time", "2024-01-31T10:20"),
    ("2024.01", "year.month", "2024-01-01"),
    ("01.2024", "month.year", "2024-01-01"),
    ("1704067200", "epoch seconds", "2024-01-01"),
    ("1704067200000", "epoch milliseconds", "2024-01-01"),
    ("1704067200000000", "epoch microseconds", "2024-01-01"),
    ("1704067200000000000", "epoch nanoseconds", "2024-01-01"),
    ("2024.0833333", "years with a fraction", "2024-02-01"),
    ("45292", "days of a spreadsheet", "2024-01-01"),
]


@pytest.mark.parametrize(("cell", "name", "time"), READ)
def test_every_form_reads_its_dates(cell, name, time):
    found = next(form for form in ALL if form.read(cell))
    assert found.name == name
    assert found.read(cell).time == datetime.fromisoformat(time)


@pytest.mark.parametrize(("cell", "name"), [(cell, name) for cell, name, _ in READ])
def test_a_time_that_is_written_in_a_form_is_read_in_it(cell, name):
    form = next(form for form in ALL if form.name == name and form.read(cell))
    time = form.read(cell).time
    assert form.read(form.write(time, cell, form.short_fields(cell))).time == time


@pytest.mark.parametrize(
    "cell",
    [
        *("", "x", "-", "NA", "Total", "100", "3.14", "1.022", "1,022", "12:30", "5%", "$5"),
        *("2024-13", "2024-00-01", "2024-02-30", "32/12/2024", "2024-Q5", "2024-W54", "Q0 2024"),
        *("Janus 2024", "31 2024", "2024 31", "Dec 32, 2024", "1/2", "2024-01-31T25:00"),
        *("2024-01-31 10", "2024-01-31 10:61", "2024--01", "2024/01-31", "13.2024", "2024.13"),
        *("10-Jan", "Week 5", "W05", "2024-01-31+", "-2024", "+2024", "２０２４-01"),
    ],
)
def test_what_is_no_date_is_read_in_no_form_of_text(cell):
    assert not any(form.read(cell) for form in TEXT_FORMS)


def test_forms_that_look_like_numbers_are_kept_apart():
    assert not any(form.is_number for form in TEXT_FORMS)
    assert all(form.is_number for form in (*NUMBER_FORMS, SPREADSHEET_DAYS))
    assert (*DATED_FORMS, *UNDATED_FORMS) == TEXT_FORMS


def test_day_and_month_stand_in_every_order():
    assert set(FOUR_DIGITS) == set(TWO_DIGITS) == {"dmy", "mdy", "ymd"}
    assert all(form in DATED_FORMS for form in (*FOUR_DIGITS.values(), *TWO_DIGITS.values()))


def test_separators_are_the_same_in_one_date():
    assert FOUR_DIGITS["dmy"].read("31/12-2024") is None
    assert FOUR_DIGITS["ymd"].read("2024-12.31") is None


@given(st.datetimes(datetime(1000, 1, 1), datetime(2999, 12, 31)))
def test_international_dates_are_read_as_python_reads_them(time):
    for text in (time.isoformat(), time.isoformat(" "), time.date().isoformat()):
        moment = FOUR_DIGITS["ymd"].read(text)
        assert moment is not None
        assert moment.time == datetime.fromisoformat(text)


@given(st.datetimes(datetime(1981, 1, 1), datetime(2098, 12, 31)))
def test_epochs_are_read_as_python_reads_them(time):
    whole = time.replace(microsecond=0)
    seconds = round((whole - datetime(1970, 1, 1)).total_seconds())
    for text in (f"{seconds}", f"{seconds}000", f"{seconds}000000", f"{seconds}000000000"):
        assert [form.read(text).time for form in NUMBER_FORMS if form.read(text)] == [whole]


@given(st.text(max_size=12))
def test_no_text_breaks_a_form(text):
    for form in ALL:
        form.read(text)
        form.short_fields(text)
