"""Series: CSV files of every sort, and the bundled one."""

import pytest

from lmkit.core.errors import DataError, UsageError
from lmkit.forecasting.series import air_passengers, read_series


def written(tmp_path, text):
    path = tmp_path / "numbers.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_airline_months_are_as_published():
    series = air_passengers()
    assert len(series) == 144
    assert (series.dates[0], series.dates[-1]) == ("1949-01", "1960-12")
    assert series.season == 12
    assert series.values.mean() == pytest.approx(280.2986, abs=1e-4)
    assert series.values.std(ddof=1) == pytest.approx(119.9663, abs=1e-4)


def test_several_columns_with_dates(tmp_path):
    series = read_series(written(tmp_path, "\ufeffday;a;b\n2020-01-01;1;2\n2020-01-02;3;4\n"))
    assert series.columns == ("a", "b")
    assert series.values.tolist() == [[1, 2], [3, 4]]
    assert series.dates == ("2020-01-01", "2020-01-02")


def test_bare_numbers_need_neither_header_nor_dates(tmp_path):
    series = read_series(written(tmp_path, "1\n2\n3.5\n\n"))
    assert series.values[:, 0].tolist() == [1, 2, 3.5]
    assert series.dates == ()
    assert series.season == 1


def test_columns_are_chosen_by_name(tmp_path):
    path = written(tmp_path, "a,b\n1,2\n3,4\n")
    assert read_series(path, columns=["b"]).values.tolist() == [[2], [4]]
    with pytest.raises(UsageError, match="no column 'c'"):
        read_series(path, columns=["c"])


@pytest.mark.parametrize(
    ("dates", "season"),
    [
        (["2020-01-01", "2020-01-02", "2020-01-03"], 7),
        (["2020-01-01T00:00", "2020-01-01T01:00", "2020-01-01T02:00"], 24),
        (["2020-01-01", "2020-04-01", "2020-07-01"], 4),
        (["2020-01-01", "2021-01-01", "2022-01-01"], 1),
    ],
)
def test_the_season_is_guessed_from_the_dates(tmp_path, dates, season):
    path = written(tmp_path, "date,x\n" + "".join(f"{date},1\n" for date in dates))
    assert read_series(path).season == season


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n",
        "a\n1\nx\n",
        "a\n1\n\n2\n",
        "a,a\n1,2\n",
        "a,b\n1,2\n3\n",
        "a,b\n1,\n",
        "d\n2020-01-01\n",
    ],
)
def test_what_is_no_series_is_refused_in_one_sentence(tmp_path, text):
    with pytest.raises(DataError):
        read_series(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        read_series(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "dates",
    [["1949", "1950", "1951"], ["19490101", "19490102", "19490103"], ["1949-01", "1949-02"]],
)
def test_dates_may_stand_in_any_column_and_look_like_numbers(tmp_path, dates):
    path = written(tmp_path, "x,when\n" + "".join(f"{n},{d}\n" for n, d in enumerate(dates)))
    series = read_series(path)
    assert (series.columns, series.dates) == (("x",), tuple(dates))


@pytest.mark.parametrize("numbers", [["1949", "1951", "1952"], ["112", "118", "132"]])
def test_numbers_that_only_resemble_years_are_numbers(tmp_path, numbers):
    path = written(tmp_path, "a,b\n" + "".join(f"{n},{n}\n" for n in numbers))
    assert read_series(path).columns == ("a", "b")


def test_the_line_of_what_is_no_number_is_named(tmp_path):
    with pytest.raises(DataError, match="line 3, column 'a' holds 'x'"):
        read_series(written(tmp_path, "a\n1\nx\n"))
    with pytest.raises(DataError, match="line 3 is empty"):
        read_series(written(tmp_path, "a\n1\n\n2\n"))
