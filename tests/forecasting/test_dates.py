"""Dates: the form of a whole column, how far apart dates are, and the ones to come."""

from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.forecasting.date_patterns import NUMBER_FORMS, TEXT_FORMS
from lmkit.forecasting.dates import DateColumn, dates_ahead, is_date, read_dates, season_of


def months(pattern: str, count: int, year: int = 2010) -> list[str]:
    """Write months one after the other, `{d}`, `{m}` and `{y}` standing for their parts."""
    places = [(year + at // 12, at % 12 + 1) for at in range(count)]
    return [pattern.format(y=y, m=m, d=1, yy=y % 100) for y, m in places]


def read(cells: list[str], **options) -> DateColumn:
    column = read_dates(cells, **options)
    assert column is not None
    return column


@pytest.mark.parametrize(
    ("dates", "ahead"),
    [
        (["1960-11", "1960-12"], ("1961-01", "1961-02", "1961-03")),
        (["1959", "1960"], ("1961", "1962", "1963")),
        (["1900", "1910", "1920"], ("1930", "1940", "1950")),
        (["20200227", "20200228"], ("20200229", "20200301", "20200302")),
        (["202011", "202012"], ("202101", "202102", "202103")),
        (["2020-01-31", "2020-02-29"], ("2020-03-31", "2020-04-30", "2020-05-31")),
        (["2019-10-01", "2020-01-01"], ("2020-04-01", "2020-07-01", "2020-10-01")),
        (["2019-02-28", "2020-02-28"], ("2021-02-28", "2022-02-28", "2023-02-28")),
        (["2020-02-27", "2020-02-28"], ("2020-02-29", "2020-03-01", "2020-03-02")),
        (["2020-01-01", "2020-01-08"], ("2020-01-15", "2020-01-22", "2020-01-29")),
        (["2020/01/01", "2020/01/02"], ("2020/01/03", "2020/01/04", "2020/01/05")),
        (["2020-1-8", "2020-1-9"], ("2020-1-10", "2020-1-11", "2020-1-12")),
        (["2019-Q3", "2019-Q4"], ("2020-Q1", "2020-Q2", "2020-Q3")),
        (["Q3 2019", "Q4 2019"], ("Q1 2020", "Q2 2020", "Q3 2020")),
        (["Q3/19", "Q4/19"], ("Q1/20", "Q2/20", "Q3/20")),
        (["3Q19", "4Q19"], ("1Q20", "2Q20", "3Q20")),
        (["Q3 '99", "Q4 '99"], ("Q1 '00", "Q2 '00", "Q3 '00")),
        (["FY2018", "FY2019"], ("FY2020", "FY2021", "FY2022")),
        (["W51/2019", "W52/2019"], ("W01/2020", "W02/2020", "W03/2020")),
        (["Week 51 2019", "Week 52 2019"], ("Week 01 2020", "Week 02 2020", "Week 03 2020")),
        (["2019H1", "2019H2"], ("2020H1", "2020H2", "2021H1")),
        (["2020-W52", "2020-W53"], ("2021-W01", "2021-W02", "2021-W03")),
        (["2010-W05", "2010-W06"], ("2010-W07", "2010-W08", "2010-W09")),
        (["2010-W05-5", "2010-W06-5"], ("2010-W07-5", "2010-W08-5", "2010-W09-5")),
        (["30/12/2010", "31/12/2010"], ("01/01/2011", "02/01/2011", "03/01/2011")),
        (["12/30/2010", "12/31/2010"], ("01/01/2011", "01/02/2011", "01/03/2011")),
        (["30.12.2010", "31.12.2010"], ("01.01.2011", "02.01.2011", "03.01.2011")),
        (["Nov 2010", "Dec 2010"], ("Jan 2011", "Feb 2011", "Mar 2011")),
        (["November 2010", "December 2010"], ("January 2011", "February 2011", "March 2011")),
        (["NOV-10", "DEC-10"], ("JAN-11", "FEB-11", "MAR-11")),
        (["30-Dec-10", "31-Dec-10"], ("01-Jan-11", "02-Jan-11", "03-Jan-11")),
        (["Dec 30, 2010", "Dec 31, 2010"], ("Jan 01, 2011", "Jan 02, 2011", "Jan 03, 2011")),
        (["JAN", "FEB"], ("MAR", "APR", "MAY")),
        (["1704067200", "1704070800"], ("1704074400", "1704078000", "1704081600")),
        (["1704067200000", "1704067201000"], ("1704067202000", "1704067203000", "1704067204000")),
        (["1949.8333", "1949.9167"], ("1950.0000", "1950.0833", "1950.1667")),
        (["40179", "40210"], ("40238", "40269", "40299")),
        (
            ["2020-01-01 22:30", "2020-01-01 23:00"],
            ("2020-01-01 23:30", "2020-01-02 00:00", "2020-01-02 00:30"),
        ),
        (
            ["1/1/2020 10:00 PM", "1/1/2020 11:00 PM", "1/2/2020 12:00 AM"],
            ("1/2/2020 1:00 AM", "1/2/2020 2:00 AM", "1/2/2020 3:00 AM"),
        ),
        (
            ["2020-01-01T00:00:10+01:00", "2020-01-01T00:00:20+01:00"],
            tuple(f"2020-01-01T00:00:{second}+01:00" for second in (30, 40, 50)),
        ),
        (
            ["2020-01-01T00:00:00.25Z", "2020-01-01T00:00:00.50Z"],
            tuple(f"2020-01-01T00:00:{second}Z" for second in ("00.75", "01.00", "01.25")),
        ),
    ],
)
def test_dates_go_on_as_they_were_written(dates, ahead):
    assert dates_ahead(dates, 3) == ahead


@pytest.mark.parametrize(
    "dates",
    [
        [],
        ["2020-01-01"],
        ["2020-01-01", "2020-01-02", "2020-01-05"],
        ["2020-01-02", "2020-01-01"],
        ["2020-01-01", "2020-01-01"],
        ["2020-01-01", "soon"],
        ["2020-01-01T00:00", "2020-01-01T01:00+01:00"],
        ["01/02/2010", "02/03/2010"],
        ["2010-01-07", "2010-02-03", "2010-03-12"],
    ],
)
def test_where_the_distance_is_not_known_no_date_is_made_up(dates):
    assert dates_ahead(dates, 3) == ()


def test_one_missing_month_does_not_hide_the_season():
    dates = [f"2020-{month:02d}" for month in range(1, 13) if month != 5]
    assert season_of(dates) == 12
    assert dates_ahead(dates, 1) == ()


def test_nothing_comes_after_the_year_9999():
    assert dates_ahead(["9999-11", "9999-12"], 1) == ()
    assert dates_ahead(["9999-12-30", "9999-12-31"], 1) == ()


def test_working_days_go_on_without_weekends():
    start = datetime(2023, 1, 2)
    days = [start + timedelta(days=number) for number in range(40)]
    dates = [f"{day:%Y-%m-%d}" for day in days if day.weekday() < 5 and day.day != 16]
    assert season_of(dates) == 5
    assert dates[-1] == "2023-02-10"
    assert dates_ahead(dates, 3) == ("2023-02-13", "2023-02-14", "2023-02-15")


@pytest.mark.parametrize(
    ("dates", "season"),
    [
        ([], 1),
        (["2020-01", "2020-02"], 1),
        (["2020-01", "2020-02", "2020-03"], 12),
        (["2020-Q1", "2020-Q2", "2020-Q3"], 4),
        (["2020-W01", "2020-W02", "2020-W03"], 52),
        (["2020-01-01", "2020-01-02", "2020-01-03"], 7),
        (["2020-01-01T00:00", "2020-01-01T01:00", "2020-01-01T02:00"], 24),
        (["2020", "2021", "2022"], 1),
        (["2020-01-03", "2020-01-02", "2020-01-01"], 1),
        (["one", "two", "three"], 1),
    ],
)
def test_the_season_follows_from_the_dates(dates, season):
    assert season_of(dates) == season


@pytest.mark.parametrize(
    ("counts", "ahead"),
    [
        (["1", "2", "3"], ("4", "5", "6")),
        (["0", "900", "1800"], ("2700", "3600", "4500")),
        (["0.0", "0.1", "0.2"], ("0.3", "0.4", "0.5")),
        (["1", "2", "4"], ()),
    ],
)
def test_counted_times_go_on_and_have_no_season(counts, ahead):
    assert dates_ahead(counts, 3) == ahead
    assert season_of(counts) == 1


@pytest.mark.parametrize(
    ("cells", "order", "second"),
    [
        (months("01/{m:02d}/{y}", 24), "dmy", "2010-02-01"),
        (months("{m:02d}/01/{y}", 24), "mdy", "2010-02-01"),
        (months("{m}/15/{y}", 6), "mdy", "2010-02-15"),
        (months("15-{m}-{y}", 6), "dmy", "2010-02-15"),
        (months("01.{m:02d}.{y}", 6), "dmy", "2010-02-01"),
        (months("{y}/{m:02d}/01", 6), "ymd", "2010-02-01"),
        (["30/11/2010", "01/12/2010", "02/12/2010"], "dmy", "2010-12-01"),
        (["01/01/2010", "02/01/2010", "03/01/2010", "13/01/2010"], "dmy", "2010-01-02"),
        (["01/01/2009", "01/01/2010", "01/01/2011"], "dmy", "2010-01-01"),
        (["10/12/30", "10/12/31", "11/01/01"], "ymd", "2010-12-31"),
        (["99-12-31", "00-01-01"], "ymd", "2000-01-01"),
    ],
)
def test_the_whole_column_tells_day_from_month(cells, order, second):
    column = read(cells)
    assert column.order == order
    assert column.times[1] == datetime.fromisoformat(second)
    assert column.unreadable == ()


@pytest.mark.parametrize(
    "cells",
    [
        months("01/{m:02d}/{y}", 12),
        ["05/03/2010", "05/04/2010", "05/05/2010"],
        ["05/03/2010", "06/03/2010", "07/03/2010"],
        ["05/03/2010", "09/07/2010"],
    ],
)
def test_where_nothing_tells_day_from_month_the_user_is_asked(cells):
    with pytest.raises(DataError, match="--date-order dmy or --date-order mdy"):
        read_dates(cells)
    day_first, month_first = read(cells, order="dmy"), read(cells, order="mdy")
    assert (day_first.order, month_first.order) == ("dmy", "mdy")
    assert day_first.times[0].month == month_first.times[0].day


def test_an_order_that_is_given_leaves_international_dates_alone():
    assert read(["2010-01-31", "2010-02-28"], order="mdy").times[0] == datetime(2010, 1, 31)
    assert read(["13/01/2010", "01/02/2010"], order="mdy").unreadable == (0,)


@pytest.mark.parametrize(
    ("years", "read_as"),
    [
        (["49", "50", "51"], [1949, 1950, 1951]),
        (["67", "68", "69", "70"], [1967, 1968, 1969, 1970]),
        (["98", "99", "00", "01"], [1998, 1999, 2000, 2001]),
        (["09", "10", "11"], [2009, 2010, 2011]),
        (["48", "49", "50"], [2048, 2049, 2050]),
        (["01", "00", "99"], [2001, 2000, 1999]),
        (["24"], [2024]),
    ],
)
def test_years_of_two_digits_stand_in_one_stretch(years, read_as):
    column = read([f"Jan-{year}" for year in years])
    assert [time.year for time in column.times] == read_as


def test_the_leap_day_of_1900_is_no_date():
    column = read(["28/02/00", "29/02/00", "01/03/99", "28/02/98", "27/02/51", "26/02/50"])
    assert None not in column.times
    column = read([f"28/02/{year:02d}" for year in range(60)] + ["29/02/00"])
    assert column.unreadable == (60,)


def test_months_without_a_year_follow_each_other():
    assert [time.month for time in read(["NOV", "DEC", "JAN", "FEB"]).times] == [11, 12, 1, 2]
    times = read(["NOV", "DEC", "JAN", "FEB"]).times
    assert times == tuple(sorted(times))
    assert read(["JAN", "FEB", "APR", "MAR", "APR"]).unreadable == (2,)


def test_cells_that_are_no_dates_are_named_by_their_place():
    column = read(["2010-01", "soon", "2010-03", "", "2010-05"])
    assert column.unreadable == (1, 3)
    assert column.times[2] == datetime(2010, 3, 1)


def test_a_column_of_which_fewer_than_half_are_dates_is_none():
    assert read_dates(["2010-01", "a", "b"]) is None
    assert read_dates([]) is None
    assert read_dates(["1", "2", "3"]) is None
    assert read_dates(["2010-01", "a"]) is not None


def test_only_the_forms_asked_for_are_tried():
    assert read_dates(["2010", "2011"], forms=TEXT_FORMS) is None
    assert read_dates(["2010", "2011"], forms=NUMBER_FORMS) is not None


def test_times_in_two_zones_are_put_into_the_last():
    hours = ["2010-03-28T00:00:00+01:00", "2010-03-28T01:00:00+01:00", "2010-03-28T03:00:00+02:00"]
    assert [time.hour for time in read(hours).times] == [1, 2, 3]
    assert dates_ahead(hours, 1) == ("2010-03-28T04:00:00+02:00",)


def test_days_go_on_at_the_same_hour_when_the_clocks_change():
    days = [f"2010-03-{day}T00:00:00+0{1 + (day > 28)}:00" for day in range(20, 31)]
    assert {time.hour for time in read(days).times} == {0}
    assert dates_ahead(days, 1) == ("2010-03-31T00:00:00+02:00",)


def test_a_time_without_a_zone_among_others_is_not_read():
    column = read(["2010-01-01T00:00Z", "2010-01-01T01:00Z", "2010-01-01T02:00"])
    assert column.unreadable == (2,)
    column = read(["2010-01-01T00:00", "2010-01-01T01:00Z", "2010-01-01T02:00"])
    assert column.unreadable == (1,)


def test_dates_are_written_with_zeros_where_the_column_has_them():
    assert read(months("{m}/{y}", 12)).write([datetime(2011, 2, 1)]) == ("2/2011",)
    assert read(months("{m:02d}/{y}", 12)).write([datetime(2011, 2, 1)]) == ("02/2011",)
    assert read(["10/2010", "11/2010"]).write([datetime(2011, 2, 1)]) == ("02/2011",)


@pytest.mark.parametrize(
    ("cells", "is_plain"),
    [
        (["2024-01-31", "2024-02-29"], True),
        (["Jan 2024", "Feb 2024"], True),
        (["2024", "2025"], True),
        (["20240131", "20240201"], True),
        (["31/12/2024", "01/01/2025"], False),
        (["Jan-24", "Feb-24"], False),
        (["1704067200", "1704070800"], False),
        (["1949.0833", "1949.1667"], False),
    ],
)
def test_dates_that_may_be_taken_for_others_are_known(cells, is_plain):
    assert read(cells).is_plain is is_plain


def test_an_example_shows_day_and_month():
    assert read(["01/01/2010", "13/01/2010"]).example == ("13/01/2010", "2010-01-13")
    assert read(["01/01/2010 10:30", "01/01/2011 10:30"]).example[1] == "2010-01-01 10:30:00"


def test_a_cell_is_a_date_or_is_not():
    assert all(map(is_date, ("2010-01", "31.12.2010", "Jan 2010", "May", "2010-Q1")))
    assert not any(map(is_date, ("", "x", "2010", "5", "Total", "20240131")))


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2049, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d %B %Y", "%b %d, %Y", "%Y%m%d"]),
    st.sampled_from([1, 2, 7, 14]),
    st.integers(14, 30),
)
def test_dates_written_by_python_go_on_as_python_writes_them(start, pattern, step, count):
    start = start.replace(hour=0, minute=0, second=0, microsecond=0)
    times = [start + timedelta(days=step * number) for number in range(count + 3)]
    written = [format(time, pattern) for time in times]
    assume({time.month for time in times[:count]} != {5})  # May is as long in full as shortened
    assert dates_ahead(written[:count], 3) == tuple(written[count:])


@given(st.lists(st.sampled_from(["2010-01-01", "01/02/2010", "Jan 10", "5", "x", ""]), max_size=8))
def test_no_column_breaks_the_reading(cells):
    try:
        column = read_dates(cells)
    except DataError:
        return
    assert column is None or len(column.times) == len(cells)
    season_of(cells)
    dates_ahead(cells, 3)
