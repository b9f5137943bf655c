"""Forms of dates: what is read is written again, and fields keep their look."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from lmkit.forecasting.date_forms import (
    MONTHS,
    CountForm,
    TextForm,
    Timestamp,
    YearFractionForm,
    month_named,
)

ISO = TextForm("iso", re.compile("(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"))
SLASHED = TextForm("us", re.compile("(?P<month>[0-9]+)/(?P<day>[0-9]+)/(?P<year>[0-9]{4})"))
NAMED = TextForm("named", re.compile("(?P<monthname>[A-Za-z]+) (?P<year>[0-9]{4})"))
CLOCK = TextForm(
    "clock",
    re.compile(
        "(?P<year>[0-9]{4}) (?P<hour>[0-9]+):(?P<minute>[0-9]{2})"
        r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?(?: ?(?P<half>[AaPp])[Mm])?"
        "(?P<zone>Z|[-+][0-9:]+)?"
    ),
)
SECONDS = CountForm("seconds", Decimal(10**6), datetime(1970, 1, 1), 0, 10**10)
DAYS = CountForm("days", 86_400 * Decimal(10**6), datetime(1899, 12, 30), 1, 10**5, rounded=10**6)
FRACTIONS = YearFractionForm()


@pytest.mark.parametrize(
    ("form", "cell", "time"),
    [
        (ISO, "2010-01-31", "2010-01-31"),
        (ISO, "  2010-01-31 ", "2010-01-31"),
        (SLASHED, "1/31/2010", "2010-01-31"),
        (NAMED, "January 2010", "2010-01-01"),
        (NAMED, "jan 2010", "2010-01-01"),
        (NAMED, "SEPT 2010", "2010-09-01"),
        (CLOCK, "2010 23:05", "2010-01-01T23:05"),
        (CLOCK, "2010 12:05am", "2010-01-01T00:05"),
        (CLOCK, "2010 12:05 PM", "2010-01-01T12:05"),
        (CLOCK, "2010 1:05:06 pm", "2010-01-01T13:05:06"),
        (CLOCK, "2010 01:05:06.25", "2010-01-01T01:05:06.250000"),
        (CLOCK, "2010 01:05:06.123456789", "2010-01-01T01:05:06.123456"),
        (SECONDS, "1704067200", "2024-01-01"),
        (SECONDS, "1704067200.5", "2024-01-01T00:00:00.500000"),
        (DAYS, "40179", "2010-01-01"),
        (DAYS, "40179.0416666667", "2010-01-01T01:00"),
        (FRACTIONS, "1949", "1949-01-01"),
        (FRACTIONS, "1949.08333333333", "1949-02-01"),
        (FRACTIONS, "1949.08", "1949-02-01"),
        (FRACTIONS, "1949.25", "1949-04-01"),
        (FRACTIONS, "1949.92", "1949-12-01"),
        (FRACTIONS, "1949.9999", "1950-01-01"),
    ],
)
def test_a_cell_stands_for_a_time(form, cell, time):
    assert form.read(cell) == Timestamp(datetime.fromisoformat(time))


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        (ISO, "2010-02-30"),
        (ISO, "2010-13-01"),
        (ISO, "0000-01-01"),
        (ISO, "2010-01-01 and more"),
        (ISO, ""),
        (NAMED, "Brumaire 2010"),
        (NAMED, "ja 2010"),
        (CLOCK, "2010 24:00"),
        (CLOCK, "2010 13:00 PM"),
        (CLOCK, "2010 00:30 AM"),
        (SECONDS, "-5"),
        (SECONDS, "99999999999"),
        (SECONDS, "1e9"),
        (SECONDS, "soon"),
        (SECONDS, "1" * 100),
        (DAYS, "0"),
        (FRACTIONS, "1949.3"),
        (FRACTIONS, "1949.0900"),
        (FRACTIONS, "500"),
        (FRACTIONS, "x"),
    ],
)
def test_a_cell_of_another_form_is_not_read(form, cell):
    assert form.read(cell) is None


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("2010 01:00Z", 0),
        ("2010 01:00+01:00", 60),
        ("2010 01:00-0330", -210),
        ("2010 01:00+05", 300),
    ],
)
def test_the_zone_of_a_time_is_kept_apart(cell, minutes):
    moment = CLOCK.read(cell)
    assert moment == Timestamp(datetime(2010, 1, 1, 1), timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("form", "like", "time", "written"),
    [
        (ISO, "2010-01-31", "2011-02-03", "2011-02-03"),
        (SLASHED, "12/31/2010", "2011-01-02", "01/02/2011"),
        (NAMED, "January 2010", "2010-05-01", "May 2010"),
        (NAMED, "JAN 2010", "2010-06-01", "JUN 2010"),
        (NAMED, "jan 2010", "2010-12-01", "dec 2010"),
        (NAMED, "june 2010", "2010-12-01", "december 2010"),
        (CLOCK, "2010 12:30AM", "2010-01-01T13:05", "2010 01:05PM"),
        (CLOCK, "2010 12:30pm", "2010-01-01T00:05", "2010 12:05am"),
        (CLOCK, "2010 12:30:10", "2010-01-01T01:02:03", "2010 01:02:03"),
        (CLOCK, "2010 12:30:10.50", "2010-01-01T01:02:03.250000", "2010 01:02:03.25"),
        (CLOCK, "2010 12:30:10.500000000", "2010-01-01", "2010 00:00:00.000000000"),
        (CLOCK, "2010 12:30+02:00", "2010-01-01T01:02", "2010 01:02+02:00"),
        (SECONDS, "1704067200", "2024-01-02", "1704153600"),
        (SECONDS, "1704067200.0", "2024-01-02", "1704153600.0"),
        (DAYS, "40179", "2010-02-01", "40210"),
        (FRACTIONS, "1949.08333333333", "1949-03-01", "1949.16666666667"),
        (FRACTIONS, "1949.00", "1949-02-01", "1949.08"),
    ],
)
def test_a_time_is_written_like_a_cell(form, like, time, written):
    assert form.write(datetime.fromisoformat(time), like) == written


def test_short_fields_are_not_filled_up_with_zeros():
    assert SLASHED.short_fields("1/31/2010") == {"month"}
    assert SLASHED.short_fields("10/1/2010") == {"day"}
    assert SLASHED.short_fields("no date") == frozenset()
    assert SLASHED.filled_fields("01/31/2010") == {"month"}
    assert SLASHED.filled_fields("1/31/2010") == frozenset()
    assert SLASHED.filled_fields("no date") == SECONDS.filled_fields("5") == frozenset()
    time = datetime(2011, 2, 3)
    assert SLASHED.write(time, "12/31/2010", {"month"}) == "2/03/2011"
    assert SLASHED.write(time, "12/31/2010", {"month", "day"}) == "2/3/2011"


def test_fractions_of_a_year_end_like_those_of_the_column():
    assert FRACTIONS.short_fields("1949") == {"fraction"}
    assert FRACTIONS.short_fields("1949.0") == frozenset()
    assert FRACTIONS.write(datetime(1950, 1, 1), "1949.083", {"fraction"}) == "1950"
    assert FRACTIONS.write(datetime(1950, 1, 1), "1949.083") == "1950.000"
    assert FRACTIONS.write(datetime(1950, 7, 1), "1949.083", {"fraction"}) == "1950.5"


def test_counts_have_no_short_fields():
    assert SECONDS.short_fields("5") == frozenset()


def test_a_cell_of_another_form_cannot_be_written_like():
    with pytest.raises(ValueError, match="not written as iso"):
        ISO.write(datetime(2010, 1, 1), "1/2/2010")


def test_months_are_named_in_full_or_by_their_beginning():
    assert [month_named(month) for month in MONTHS] == list(range(1, 13))
    assert [month_named(month[:3].upper()) for month in MONTHS] == list(range(1, 13))
    assert month_named(" Sept. ") == 9
    for name in ("", "j", "ju", "mai", "Marchy", "Jan 5"):
        with pytest.raises(ValueError, match="no month is named"):
            month_named(name)


@pytest.mark.parametrize("seconds", [1, 59, 3_600, 86_399, 86_400, 31_536_000])
@pytest.mark.parametrize("form", [SECONDS, DAYS])
def test_a_count_that_was_written_is_read_again(form, seconds):
    time = datetime(2010, 1, 1) + timedelta(seconds=seconds)
    assert form.read(form.write(time, "1.0000000000")) == Timestamp(time)


@pytest.mark.parametrize("months", range(24))
def test_a_fraction_that_was_written_is_read_again(months):
    time = datetime(1999 + months // 12, months % 12 + 1, 1)
    for like in ("1999.08", "1999.0833", "1999.08333333333"):
        assert FRACTIONS.read(FRACTIONS.write(time, like)) == Timestamp(time)
