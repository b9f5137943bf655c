"""Dates: how far apart they are, and the ones to come."""

import pytest

from lmkit.forecasting.dates import dates_ahead, season_of


@pytest.mark.parametrize(
    ("dates", "ahead"),
    [
        (["1960-11", "1960-12"], ("1961-01", "1961-02", "1961-03")),
        (["1959", "1960"], ("1961", "1962", "1963")),
        (["20200227", "20200228"], ("20200229", "20200301", "20200302")),
        (["2020-01-31", "2020-02-29"], ("2020-03-31", "2020-04-30", "2020-05-31")),
        (["2019-10-01", "2020-01-01"], ("2020-04-01", "2020-07-01", "2020-10-01")),
        (["2019-02-28", "2020-02-28"], ("2021-02-28", "2022-02-28", "2023-02-28")),
        (["2020-02-27", "2020-02-28"], ("2020-02-29", "2020-03-01", "2020-03-02")),
        (["2020-01-01", "2020-01-08"], ("2020-01-15", "2020-01-22", "2020-01-29")),
        (
            ["2020-01-01 22:30", "2020-01-01 23:00"],
            ("2020-01-01 23:30", "2020-01-02 00:00", "2020-01-02 00:30"),
        ),
        (
            ["2020-01-01T00:00:10+01:00", "2020-01-01T00:00:20+01:00"],
            tuple(f"2020-01-01T00:00:{second}+01:00" for second in (30, 40, 50)),
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
    ],
)
def test_where_the_distance_is_not_known_no_date_is_made_up(dates):
    assert dates_ahead(dates, 3) == ()


def test_one_missing_month_does_not_hide_the_season():
    dates = [f"2020-{month:02d}" for month in range(1, 13) if month != 5]
    assert season_of(dates) == 12
    assert dates_ahead(dates, 1) == ()
