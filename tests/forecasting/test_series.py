"""Series: tables of every sort, the bundled one, and what was written is what is read."""

import calendar
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmkit.core.errors import DataError, LmkitError, UsageError
from lmkit.forecasting.series import ReadingConfig, Series, air_passengers, read_series

FAULTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "faults"


@pytest.fixture
def read(tmp_path) -> Callable[..., Series]:
    """Read a text as a series; options are those of the reading, and the columns."""

    def from_text(text: str | bytes, *, columns: tuple[str, ...] = (), **options) -> Series:
        path = tmp_path / "numbers.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_series(path, columns=columns, config=ReadingConfig(**options))

    return from_text


def values(series: Series) -> list[float]:
    """Return the numbers of the first column."""
    return series.values[:, 0].tolist()


def test_the_airline_months_are_as_published():
    series = air_passengers()
    assert len(series) == 144
    assert (series.dates[0], series.dates[-1]) == ("1949-01", "1960-12")
    assert series.season == 12
    assert series.dates_ahead(2) == ("1961-01", "1961-02")
    assert series.notices == ()
    assert series.values.mean() == pytest.approx(280.2986, abs=1e-4)
    assert series.values.std(ddof=1) == pytest.approx(119.9663, abs=1e-4)


def test_several_columns_with_dates(read):
    series = read("\ufeffday;a;b\n2020-01-01;1;2\n2020-01-02;3;4\n")
    assert series.columns == ("a", "b")
    assert series.values.tolist() == [[1, 2], [3, 4]]
    assert series.dates == ("2020-01-01", "2020-01-02")
    assert series.name == "numbers"


def test_bare_numbers_need_neither_header_nor_dates(read):
    series = read("1\n2\n3.5\n\n")
    assert values(series) == [1, 2, 3.5]
    assert series.dates == ()
    assert series.season == 1
    assert series.dates_ahead(3) == ()


def test_columns_are_chosen_by_name(read):
    assert read("a,b\n1,2\n3,4\n", columns=("b",)).values.tolist() == [[2], [4]]
    assert read("a,b\n1,2\n3,4\n", columns=("b", "a")).columns == ("b", "a")
    with pytest.raises(UsageError, match="no column 'c'"):
        read("a,b\n1,2\n3,4\n", columns=("c",))


def test_a_part_of_a_series_keeps_its_dates():
    part = air_passengers().part(12, 24)
    assert len(part) == 12
    assert (part.dates[0], part.dates_ahead(1)) == ("1950-01", ("1951-01",))


def test_a_part_keeps_the_order_of_day_and_month(read):
    rows = "".join(f"01/{at % 12 + 1:02d}/{2010 + at // 12},{at}\n" for at in range(24))
    series = read(f"date,x\n{rows}")
    assert series.date_order == "dmy"
    assert series.part(0, 6).season == 12
    assert series.part(0, 6).dates_ahead(1) == ("01/07/2010",)
    assert Series("x", ("x",), series.values, series.dates[:6]).dates_ahead(1) == ()


@pytest.mark.parametrize(
    ("name", "shown"),
    [("sales.csv", "sales"), ("sales.2020.csv", "sales.2020"), ("sales", "sales")],
)
def test_a_series_is_named_after_its_file(tmp_path, name, shown):
    (tmp_path / name).write_text("1\n2\n")
    assert read_series(tmp_path / name).name == shown


@pytest.mark.parametrize(
    ("dates", "season"),
    [
        (["2020-01-01", "2020-01-02", "2020-01-03"], 7),
        (["2020-01-01T00:00", "2020-01-01T01:00", "2020-01-01T02:00"], 24),
        (["2020-01-01", "2020-04-01", "2020-07-01"], 4),
        (["2020-01-01", "2021-01-01", "2022-01-01"], 1),
    ],
)
def test_the_season_is_guessed_from_the_dates(read, dates, season):
    assert read("date,x\n" + "".join(f"{date},1\n" for date in dates)).season == season


@pytest.mark.parametrize(
    "text",
    [
        *("", "a,b\n", "a\n1\nx\n", "a\n1\n\n2\n", "a,a\n1,2\n", "a,b\n1,2\n3\n", ",\n,\n"),
        *("d\n2020-01-01\n", "d,x\n2020-01-01,a\n2020-01-02,b\n", "x\nNA\nNA\n", "one two\n"),
        "It was the best of times,\nit was the worst of times;\nand so on\n",
    ],
)
def test_what_is_no_series_is_refused_in_one_sentence(read, text):
    with pytest.raises(DataError) as error:
        read(text)
    assert_is_sentence(str(error.value))


@pytest.mark.parametrize("text", ["x\n1\n{}\n", "date,x\n2010-01,1\n{},2\n", "a,b\n1,2\n{}\n"])
def test_a_long_cell_makes_no_long_error(read, tmp_path, text):
    with pytest.raises(DataError) as error:
        read(text.format("word " * 1000))
    assert len(str(error.value)) < 400 + len(str(tmp_path))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        read_series(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "dates",
    [["1949", "1950", "1951"], ["19490101", "19490102", "19490103"], ["1949-01", "1949-02"]],
)
def test_dates_may_stand_in_any_column_and_look_like_numbers(read, dates):
    series = read("x,when\n" + "".join(f"{n * n},{d}\n" for n, d in enumerate(dates)))
    assert (series.columns, series.dates) == (("x",), tuple(dates))


@pytest.mark.parametrize("numbers", [["1949", "1951", "1952"], ["112", "118", "132"]])
def test_numbers_that_only_resemble_years_are_numbers(read, numbers):
    assert read("a,b\n" + "".join(f"{n},{n}\n" for n in numbers)).columns == ("a", "b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n1\nx\n", "line 3, column 'a' holds 'x', which is not a number"),
        ("a\n1\n\n2\n", "line 3 is empty"),
        ("date,a\n2010-01,1\n2010-02,n.a.\n", "line 3, column 'a' holds 'n.a.'"),
        ("date,a\n2010-01,1\n2010-02,\n", "column 'a' of line 3 has no value"),
        ("x\n1\n2\nTotal\n3\n", "line 4, column 'x' holds 'Total'.*begin their lines with #"),
        ("date,x\n2010-01,1\nTotal,1\n", "line 3 holds 'Total', which is no date like '2010-01'"),
        (
            "date,s,x\n2010-01,A,1\n2010-02,A,2\n",
            r"column 's' holds neither .* \('A'\); choose .*: x",
        ),
        (
            "date,x\nKW 5,1\nKW 6,2\n",
            r"column 'date' .* nor dates that can be read \('KW 5'\).*: x",
        ),
        (
            "date;x\n2010-01;1.022\n2010-02;2.345\n",
            "may be 1.022 or 1022; say which with --decimal",
        ),
        ("date,x\n01/02/2010,1\n01/03/2010,2\n", "may be day/month/year or month/day/year; say"),
        ("date,x\n2010-01,1\n2010-01,2\n", "lines 2 and 3 both have the date '2010-01'"),
        (
            "date,x\n2010-01,1\n2010-02,2\n2010-04,4\n",
            r"1 date is missing between 2010-02 \(line 3\)",
        ),
        ("t,x\n1,1\n2,5\n4,2\n", r"1 date is missing between 2 \(line 3\) and 4 \(line 4\)"),
    ],
)
def test_the_line_or_column_at_fault_is_named(read, text, said):
    with pytest.raises(DataError, match=said) as error:
        read(text)
    assert str(error.value).startswith(str(error.value).split(".csv")[0] + ".csv")


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("date,x\n2010-02,1\n2010-01,2\n", "the rows stand newest first; they are sorted by date"),
        ("id,x\n1,5\n2,6\n", "column 'id' numbers the rows and is left out"),
        (",x\n0,5\n1,6\n", "column 1, which has no name, numbers the rows and is left out"),
        ("date;x\n2010-01;1.022\n2010-02;684\n", "'1.022' in column 'x' is read as 1022"),
        ("x;y\n1;1,5\n5;2,5\n", "'1,5' in column 'y' is read as 1.5"),
        ("x\n5%\n6%\n", "'5%' in column 'x' is read as 5"),
        (
            "ts,x\n1704067200,1\n1704070800,2\n",
            "dates are read as epoch seconds: 1704067200 is 2024",
        ),
        ("date,x\n13.01.2010,1\n14.01.2010,2\n", "day/month/year: 13.01.2010 is 2010-01-13"),
        ("# mine\nx\n1\n2\n", "line 1 begins with # and is skipped"),
        ("date,x,note\n2010-01,1,\n2010-02,2,\n", "column 'note' is empty and is left out"),
    ],
)
def test_what_is_not_plain_is_told_once(read, text, notice):
    (told,) = read(text).notices
    assert notice in told
    assert "numbers.csv: " in told


@pytest.mark.parametrize(
    "text",
    [
        "date,x\n2010-01,1\n2010-02,2.5\n",
        "date\tx\n2010-01-01\t-1\n2010-01-02\t1e3\n",
        "year,x\n2010,1\n2011,2\n",
        "x\n1\n2\n",
        "week,x\n2010-W05,1\n2010-W06,2\n",
        "quarter,x\n2010-Q1,1\n2010-Q2,2\n",
        "month,x\nJan 2010,1\nFeb 2010,2\n",
    ],
)
def test_what_is_plain_needs_no_word(read, text):
    assert read(text).notices == ()


def test_gaps_are_filled_where_it_is_asked(read):
    text = "date,a,b\n2010-01,1,10\n2010-02,2,NA\n2010-04,4,40\n"
    series = read(text, gaps="fill")
    assert series.dates == ("2010-01", "2010-02", "2010-03", "2010-04")
    assert series.values.tolist() == [[1, 10], [2, 20], [3, 30], [4, 40]]
    with pytest.raises(DataError, match="column 'b' of line 3 has no value"):
        read(text)
    assert len(read(text, gaps="keep", columns=("a",))) == 3


def test_a_table_laid_out_by_year_is_one_series(read):
    names = [month.upper() for month in calendar.month_abbr[1:]]
    rows = "".join(f"{name},{at},{at + 12}\n" for at, name in enumerate(names))
    series = read(f'"Month", "1958", "1959"\n{rows}')
    assert values(series) == list(range(24))
    assert (series.columns, series.season) == (("value",), 12)
    assert series.dates_ahead(1) == ("1960-01",)
    chosen = read(f'"Month", "1958", "1959"\n{rows}', columns=("1959",))
    assert values(chosen) == list(range(12, 24))
    assert chosen.dates_ahead(2) == ("JAN", "FEB")


@pytest.mark.parametrize(
    ("text", "dates", "numbers"),
    [
        (
            '"","time","value"\n"1",1949,112\n"2",1949.08333333333,118\n"3",1949.16666666667,132\n',
            ("1949", "1949.08333333333", "1949.16666666667"),
            [112, 118, 132],
        ),
        (
            "year,month,passengers\n1949,January,112\n1949,February,118\n1949,March,132\n",
            ("1949 January", "1949 February", "1949 March"),
            [112, 118, 132],
        ),
        (
            "Date;Time;Power\n16/12/2006;17:24:00;4,2\n16/12/2006;17:25:00;5,4\n",
            ("16/12/2006 17:24:00", "16/12/2006 17:25:00"),
            [4.2, 5.4],
        ),
        (
            "Date,Close/Last\n01/13/2023,$102.50\n01/12/2023,$1\n01/11/2023,$99.25\n",
            ("01/11/2023", "01/12/2023", "01/13/2023"),
            [99.25, 1, 102.5],
        ),
        (
            '"x" "y"\n"1" 5 1\n"2" 7 2\n"3" 1 9\n',
            (),
            [5, 7, 1],
        ),
        (
            "Datum;Umsatz in €\n31.12.2010;1.234,50 €\n01.01.2011;-0,50 €\n",
            ("31.12.2010", "01.01.2011"),
            [1234.5, -0.5],
        ),
    ],
)
def test_tables_as_programs_write_them_are_read(read, text, dates, numbers):
    series = read(text)
    assert series.dates == dates
    assert values(series) == numbers


FAULTY = {
    "business_days": (144, 5, ("2023-07-21", "2023-07-24", "2023-07-25")),
    "duplicate_date": "lines 51 and 52 both have the date '2014-02-01'",
    "footer": "line 99 has 1 cell",
    "header_spaces_quotes": (36, 12, ("1961-01", "1961-02", "1961-03")),
    "id_first": (96, 1, ()),
    "latin1": (96, 12, ("2018-01-01", "2018-02-01", "2018-03-01")),
    "missing_months": "2 dates are missing between 2011-08-01",
    "newest_first": (96, 12, ("2018-01-01", "2018-02-01", "2018-03-01")),
    "one_bad_date": "line 52 holds 'March 2014', which is no date",
    "pandas_index": (96, 12, ("2018-01-01", "2018-02-01", "2018-03-01")),
    "unix_time": (240, 24, ("1704931200", "1704934800", "1704938400")),
}


@pytest.mark.parametrize("name", FAULTY)
def test_inputs_that_went_wrong_are_read_or_refused(name):
    path = FAULTS / f"series_{name}.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    if isinstance(said := FAULTY[name], str):
        with pytest.raises(DataError, match=said):
            read_series(path)
        return
    length, season, ahead = said
    series = read_series(path)
    assert (len(series), len(series.columns)) == (length, 1)
    assert (series.season, series.dates_ahead(3)) == (season, ahead)


@dataclass(frozen=True)
class Style:
    """One way in which a program writes a table."""

    delimiter: str
    mark: str  # before the decimals
    group: str  # between thousands
    unit: str  # around the number, `{}` standing for it
    dates: str
    row_order: str
    index: str
    is_quoted: bool
    end: str
    encoding: str
    comments: int


START = datetime(2010, 1, 1)
DATES: dict[str, Callable[[int], str]] = {
    "none": lambda _: "",
    "days": lambda at: f"{START + timedelta(days=at):%Y-%m-%d}",
    "hours": lambda at: f"{START + timedelta(hours=at):%Y-%m-%dT%H:%M}",
    "zoned": lambda at: f"{START + timedelta(hours=at):%Y-%m-%d %H:%M}+02:00",
    "noon": lambda at: f"{START + timedelta(hours=at):%m/%d/%Y %I:%M %p}",
    "workdays": lambda at: f"{START + timedelta(days=at // 5 * 7 + at % 5 + 3):%Y-%m-%d}",
    "months": lambda at: f"{2010 + at // 12}-{at % 12 + 1:02d}",
    "named": lambda at: f"{calendar.month_abbr[at % 12 + 1]} {2010 + at // 12}",
    "short": lambda at: f"{calendar.month_abbr[at % 12 + 1]}-{(90 + at // 12) % 100:02d}",
    "quarters": lambda at: f"{2010 + at // 4}-Q{at % 4 + 1}",
    "weeks": lambda at: f"{START + timedelta(weeks=at):%G-W%V}",
    "years": lambda at: f"{1950 + at}",
    "dmy": lambda at: f"{START + timedelta(days=at):%d/%m/%Y}",
    "mdy": lambda at: f"{START + timedelta(days=at):%m/%d/%Y}",
    "dmy months": lambda at: f"01/{at % 12 + 1:02d}/{2010 + at // 12}",
    "mdy months": lambda at: f"{at % 12 + 1}/1/{2010 + at // 12}",
    "dotted": lambda at: f"{START + timedelta(days=at):%d.%m.%Y}",
    "two digits": lambda at: f"{START + timedelta(days=at):%d/%m/%y}",
    "compact": lambda at: f"{START + timedelta(days=at):%Y%m%d}",
    "epoch": lambda at: f"{1_262_304_000 + 86_400 * at}",
    "milliseconds": lambda at: f"{1_262_304_000_000 + 3_600_000 * at}",
    "fractions": lambda at: f"{2010 + at / 12:.4f}",
}
STYLES = st.builds(
    Style,
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    mark=st.sampled_from([".", ","]),
    group=st.sampled_from(["", "", " ", "'", "other"]),
    unit=st.sampled_from(["{}", "{}", "{}", "{}%", "${}", "{} €"]),
    dates=st.sampled_from(sorted(DATES)),
    row_order=st.sampled_from(["oldest", "oldest", "newest", "shuffled"]),
    index=st.sampled_from(["", "", "id", "pandas"]),
    is_quoted=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    comments=st.integers(0, 2),
)


def spelled(number: str, style: Style) -> str:
    """Write a number in a style, from its plain digits."""
    sign = "-" if number.startswith("-") else ""
    whole, _, fraction = number.lstrip("-").partition(".")
    group = style.group if style.group != "other" else {".": ",", ",": "."}[style.mark]
    apart = f"{int(whole):,}".replace(",", group)
    return style.unit.format(sign + apart + (style.mark + fraction if fraction else ""))


def laid_out(numbers: list[list[str]], style: Style, seed: int) -> tuple[bytes, list[int]]:
    """Write a table, and return it with the order of its rows."""
    order = list(range(len(numbers)))
    if style.row_order != "oldest":
        order.reverse()
    if style.row_order == "shuffled":
        random.Random(seed).shuffle(order)
    header = {"": [], "id": ["id"], "pandas": [""]}[style.index]
    header = [*header, *(["date"] if style.dates != "none" else []), "a", "b"][:None]
    rows = [header]
    for at in order:
        cells = [str(at + 1)] if style.index else []
        cells += [DATES[style.dates](at)] if style.dates != "none" else []
        rows.append([*cells, *(spelled(number, style) for number in numbers[at])])
    special = f'{style.delimiter}"\n'
    lines = ["# made by a test"] * style.comments
    for row in rows:
        quoted = [
            f'"{cell}"' if style.is_quoted or any(sign in cell for sign in special) else cell
            for cell in row
        ]
        lines.append(style.delimiter.join(quoted))
    return (style.end.join(lines) + style.end).encode(style.encoding), order


def is_conventional(style: Style, decimals: int) -> bool:
    """Tell a style whose marks mean what they usually mean beside its delimiter."""
    if style.mark == "," and style.delimiter == "," and decimals == 3:
        return False  # three digits behind a comma are thousands in a table with commas
    return not (style.mark == "," and style.group == "other" and style.delimiter != ";")


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    style=STYLES,
    decimals=st.integers(0, 4),
    numbers=st.lists(
        st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 10**5)), min_size=13, max_size=40
    ),
    seed=st.integers(0, 9),
)
def test_what_is_read_is_what_was_written(read, style, decimals, numbers, seed):
    plain = [[f"{n / 10**decimals:.{decimals}f}" for n in row] for row in numbers]
    data, order = laid_out(plain, style, seed)
    try:
        series = read(data)
    except DataError as error:
        assert_is_unclear(str(error), style)
        return
    if not is_conventional(style, decimals):
        return
    is_sorted = style.dates != "none" or style.index
    places = range(len(order)) if is_sorted else order
    expected = [[float(number) for number in plain[place]] for place in places]
    shown = [expected[place] for place in range(len(places))]
    assert series.values.tolist() == [row[-len(series.columns) :] for row in shown]
    if style.dates != "none":
        assert series.dates == tuple(map(DATES[style.dates], range(len(order))))
    if style.row_order == "newest" and style.dates != "none":
        assert any("newest first" in notice for notice in series.notices)


def assert_is_unclear(said: str, style: Style) -> None:
    """See that a table was refused for what its style leaves open."""
    is_unclear = ("--decimal" in said and style.group != " ") or (
        "--date-order" in said and style.dates in ("dmy", "mdy", "dmy months", "two digits")
    )
    assert is_unclear, said


ATOMS = (
    *("1", "2.5", "-3", "1,5", "1.022", "684", "NA", "", "5%", "$5", "1e400", "1e-400", "(5)"),
    *("2010-01-01", "2010-02-01", "01/02/2010", "13/02/2010", "2010", "2011", "Jan 2010", "Feb"),
    *("2010-Q1", "2010-W05", "2010-W60", "1704067200", "9999-12-31", "0001-01-01", "29/02/00"),
    *("0001-01-01T00:00:00+14:00", "40179", "1949.083", "x", "date", "id", "#", '"', "'", "12:00"),
    *("\x00", "\ufeff", "é", "\u0661", "²", "\u2028", "\x1c", "sep=;", "Total", "year", "month"),
)
SEPARATORS = (",", ";", "\t", "|", " ", "\n", "\n", "\r\n", ",,")


@pytest.mark.slow
@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.tuples(st.sampled_from(ATOMS), st.sampled_from(SEPARATORS)), max_size=40),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]),
    gaps=st.sampled_from(["refuse", "fill", "keep"]),
)
def test_any_table_is_a_series_or_is_refused_in_a_sentence(read, cells, encoding, gaps):
    text = "".join(cell + separator for cell, separator in cells)
    assert_series_or_sentence(lambda: read(text.encode(encoding, "replace"), gaps=gaps))


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=120), st.text(max_size=120).map(str.encode)))
def test_any_bytes_are_a_series_or_are_refused_in_a_sentence(read, data):
    assert_series_or_sentence(lambda: read(data))


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    columns=st.lists(
        st.lists(st.sampled_from(ATOMS), min_size=3, max_size=3), min_size=1, max_size=3
    ),
    length=st.integers(1, 10),
    delimiter=st.sampled_from(SEPARATORS[:4]),
)
def test_even_rows_are_a_series_or_are_refused_in_a_sentence(read, columns, length, delimiter):
    rows = [delimiter.join(column[at % 3] for column in columns) for at in range(length)]
    assert_series_or_sentence(lambda: read("\n".join(rows)))


def assert_series_or_sentence(reading: Callable[[], Series]) -> None:
    try:
        series = reading()
    except LmkitError as error:
        assert_is_sentence(str(error))
        return
    assert series.values.shape == (len(series), len(series.columns))
    assert np.isfinite(series.values).all()
    assert len(series.dates) in (0, len(series))
    assert series.season >= 1
    assert len(series.dates_ahead(3)) in (0, 3)
    assert all(math.isfinite(value) for value in values(series.part(0, 1)))


def assert_is_sentence(said: str) -> None:
    assert said
    assert "\n" not in said


@pytest.mark.parametrize("text", ["1,2,3,4,5\n", "1 2 3 4 5\n", "a;b;c\n1;2;3\n"])
def test_numbers_side_by_side_are_refused_with_what_to_do(read, text):
    with pytest.raises(DataError, match=r"is one row of [35] numbers; write one on each line"):
        read(text)


@pytest.mark.parametrize("cell", ["USD 100.00", "100 kg", "12.5M"])
def test_units_beside_numbers_are_refused_with_what_to_do(read, cell):
    with pytest.raises(DataError, match=r"\('.*'\); write numbers like 1234\.5, without words"):
        read(f"date,x\n2010-01-01,{cell}\n2010-01-02,{cell}\n2010-01-03,{cell}\n")


@pytest.mark.parametrize(
    "forms",
    ["FY{}", "Week {}", "1/1/{}", "CY {}", "01.01.{}"],
    ids=["FY", "Week", "us", "CY", "dot"],
)
def test_a_series_newest_first_is_never_forecast_backwards(read, forms):
    rows = [f"{forms.format(2010 + number)},{number}" for number in range(8)]
    upright, turned = read("\n".join(["year,x", *rows])), read("\n".join(["year,x", *rows[::-1]]))
    assert values(turned) == values(upright) == list(range(8))
    assert "sorted by" in " ".join(turned.notices)
