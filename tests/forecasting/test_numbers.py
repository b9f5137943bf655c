"""Numbers as people write them: one column, one way of reading."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.forecasting.numbers import MISSING, Numbers, is_missing, is_number, read_numbers


def read(cells: list[str], **options) -> Numbers:
    return read_numbers({"x": cells}, **options)["x"]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "2.5", "-3", "+4"], [1, 2.5, -3, 4]),
        ([" 1 ", "\t2", "3\u00a0"], [1, 2, 3]),
        ([".5", "5.", "0.125"], [0.5, 5, 0.125]),
        (["1e3", "2E-3", "-1.5e+2"], [1000, 0.002, -150]),
        (["007", "010"], [7, 10]),
        (["12345678901234567890", "1"], [12345678901234567890.0, 1]),
        (["10,019.00", "684.50"], [10019, 684.5]),
        (["1,200", "684"], [1200, 684]),
        (["1,234,567", "12"], [1234567, 12]),
        (["1,00,000", "12,34,567", "5"], [100000, 1234567, 5]),
        (["1,5", "2,25", "3"], [1.5, 2.25, 3]),
        (["1.234,56", "0,5"], [1234.56, 0.5]),
        (["1.234.567", "1.022"], [1234567, 1022]),
        (["1 022", "684"], [1022, 684]),
        (["1 022,5", "684"], [1022.5, 684]),
        (["1\u00a0022", "684"], [1022, 684]),
        (["1\u202f022\u202f333", "684"], [1022333, 684]),
        (["1'022.50", "684"], [1022.5, 684]),
        (["1\u2019022", "684"], [1022, 684]),
        (["1_000", "5"], [1000, 5]),
        (["5%", "6.5 %", "-7%"], [5, 6.5, -7]),
        (["$1,200", "-$3", "$-4.50", "$ 5"], [1200, -3, -4.5, 5]),
        (["5 €", "1.200,50 €"], [5, 1200.5]),
        (["£5", "6"], [5, 6]),
        (["(1,200)", "5", "($3)"], [-1200, 5, -3]),
        (["\u22125", "5"], [-5, 5]),
        (["-0", "0"], [0, 0]),
    ],
)
def test_numbers_are_read_as_people_write_them(cells, values):
    found = read(cells)
    assert list(found.values) == values
    assert found.unreadable == ()


@pytest.mark.parametrize(
    "cell",
    [
        *("x", "1x", "1 1", "12 34", "1,,5", "1..5", "1.2.3", "1,2,3", "--5", "+-5", "5-", "-"),
        *("1e", "e5", "1e400", "-1e999", "9" * 400, "0x10", "1/2", "5%%", "$", "%", "$5$", "$€5"),
        *("5 kg", "1.2M", "10k", "(5", "5)", "(-5)", "inf", "-inf", "Infinity", "\u0665", "²", "½"),
        *("1,0000", "10,19", "1.0000.0", "1'00", "1,000.0,0", "0,123,456", "1 000.5 3", "#REF!"),
    ],
)
def test_what_is_no_number_is_named_by_its_place(cell):
    found = read(["1.5", cell, "2,000.5"])
    missing = is_missing(cell)
    assert found.unreadable == (() if missing else (1,))
    assert math.isnan(found.values[1])
    assert (found.values[0], found.values[2]) == (1.5, 2000.5)


@pytest.mark.parametrize("cell", sorted(MISSING))
def test_missing_values_are_told_from_text(cell):
    assert is_missing(cell)
    assert is_missing(f" {cell.upper()} ")
    found = read(["1", cell])
    assert found.values[0] == 1
    assert math.isnan(found.values[1])
    assert found.unreadable == ()


@pytest.mark.parametrize("cell", ["0", "x", "No", "n", "NaNa", "unknown", "-1"])
def test_other_cells_are_not_missing(cell):
    assert not is_missing(cell)


@pytest.mark.parametrize(
    ("cells", "delimiter", "values"),
    [
        (["1.022", "684"], ";", [1022, 684]),
        (["684", "1.022", "999.999"], ";", [684, 1022, 999999]),
        (["-1.022", "684"], ";", [-1022, 684]),
        (["1.022", "2.345"], ",", [1.022, 2.345]),
        (["1.022", "2.345"], "\t", [1.022, 2.345]),
        (["1,022", "684"], ",", [1022, 684]),
        (["1,022", "2,345"], ",", [1022, 2345]),
        (["1,022", "684"], "\t", [1022, 684]),
        (["1.022", "0.5"], ";", [1.022, 0.5]),
        (["1.022", "0.684"], ";", [1.022, 0.684]),
        (["1.022", "10000"], ";", [1.022, 10000]),
        (["1.022", "1234.5"], ";", [1.022, 1234.5]),
        (["1,022", "0,684"], ";", [1.022, 0.684]),
        (["1,022", "10000"], ";", [1.022, 10000]),
    ],
)
def test_three_digits_behind_a_mark_are_told_by_the_whole_column(cells, delimiter, values):
    assert list(read(cells, delimiter=delimiter).values) == values


@pytest.mark.parametrize(
    ("cells", "delimiter"),
    [
        (["1.022", "684"], ","),
        (["1.022", "684"], "\t"),
        (["1.022", "2.345"], ";"),
        (["1,022", "684"], ";"),
        (["1,022", "2,345"], ";"),
        (["1,022", "2,345"], "\t"),
        (["1.022", "1,022"], ","),
    ],
)
def test_where_nothing_tells_the_user_is_asked(cells, delimiter):
    with pytest.raises(DataError, match=r"'1.022' in column 'x' may be 1.* or 1.*--decimal"):
        read(cells, delimiter=delimiter)
    point = read(cells, delimiter=delimiter, decimal="point").values
    comma = read(cells, delimiter=delimiter, decimal="comma").values
    assert {point[0], comma[0]} == {1.022, 1022}


def test_another_column_may_tell():
    columns = {"a": ["1.022", "2.345"], "b": ["1,5", "2,5"]}
    found = read_numbers(columns, delimiter=";")
    assert list(found["a"].values) == [1022, 2345]
    assert list(found["b"].values) == [1.5, 2.5]
    columns["b"] = ["1.5", "2.5"]
    assert list(read_numbers(columns, delimiter=";")["a"].values) == [1.022, 2.345]


def test_columns_that_disagree_tell_nothing():
    columns = {"a": ["1.022", "2.345"], "b": ["1,5", "2,5"], "c": ["1.5", "2.5"]}
    with pytest.raises(DataError, match="column 'a'"):
        read_numbers(columns, delimiter=";")
    columns = {"a": ["1.022", "2.345"], "b": ["1,5", "x"]}
    with pytest.raises(DataError, match="column 'a'"):
        read_numbers(columns, delimiter=";")


def test_one_cell_that_is_written_otherwise_is_refused():
    assert read(["1.5", "2.5", "3,5"]).unreadable == (2,)
    assert read(["1,5", "2,5", "3.5"]).unreadable == (2,)
    assert read(["1.5", "3,5"]).unreadable == (1,)


def test_units_are_not_mixed():
    assert read(["5%", "6%", "0.07"]).unreadable == (2,)
    assert read(["0.05", "0.06", "7%"]).unreadable == (2,)
    assert read(["$5", "$6", "€7"]).unreadable == (2,)
    assert read(["$5", "6", "$7"]).unreadable == ()


def test_the_decimal_mark_can_be_given():
    assert read(["1,5", "2,5"], decimal="point").unreadable == (0, 1)
    assert read(["1.5", "2.5"], decimal="comma").unreadable == (0, 1)
    assert list(read(["1.500", "2"], decimal="comma").values) == [1500, 2]
    assert list(read(["1.500", "2"], decimal="point").values) == [1.5, 2]
    assert list(read(["1", "2"], decimal="comma").values) == [1, 2]


@pytest.mark.parametrize(
    ("cells", "delimiter", "example"),
    [
        (["1", "2.5", "1e3"], ",", None),
        (["684", "1.022"], ";", 1),
        (["684", "1,022"], ",", 1),
        (["5%", "6%"], ",", 0),
        (["NA", "1 022"], ",", 1),
        (["NA", ""], ",", None),
        (["x", "1"], ",", None),
    ],
)
def test_an_example_shows_what_a_program_would_not_read_so(cells, delimiter, example):
    assert read(cells, delimiter=delimiter).example == example


def test_numbers_are_told_from_other_cells():
    assert all(map(is_number, ("1", "-1.5", "1.022", "1,5", "$5", "5%", "(5)", "1 000", "1e5")))
    assert not any(map(is_number, ("", "x", "NA", "2010-01", "1,2,3", "Jan", "1e999")))


def test_no_columns_are_no_numbers():
    assert read_numbers({}) == {}
    assert read([]) == Numbers(())


STYLES = {
    "plain": (lambda text: text, ","),
    "comma": (lambda text: text.replace(".", ","), ";"),
    "english": (lambda text: grouped(text, ",", "."), ","),
    "german": (lambda text: grouped(text, ".", ","), ";"),
    "french": (lambda text: grouped(text, "\u202f", ","), ";"),
    "swiss": (lambda text: grouped(text, "'", "."), ";"),
    "dollars": (lambda text: f"${grouped(text, ',', '.')}", ","),
    "per cent": (lambda text: f"{text}%", ","),
}


def grouped(text: str, group: str, decimal: str) -> str:
    """Set thousands apart, the slow way."""
    whole, _, fraction = text.lstrip("-").partition(".")
    parts = []
    while whole:
        whole, part = whole[:-3], whole[-3:]
        parts.insert(0, part)
    sign = "-" if text.startswith("-") else ""
    return sign + group.join(parts) + (decimal + fraction if fraction else "")


@given(
    st.sampled_from(sorted(STYLES)),
    st.integers(0, 4),
    st.lists(st.integers(-(10**8), 10**8), min_size=1, max_size=20),
)
def test_what_is_read_is_what_was_written(style, decimals, numbers):
    texts = [f"{number / 10**decimals:.{decimals}f}" for number in numbers]
    write, delimiter = STYLES[style]
    cells = [write(text) for text in texts]
    if is_ambiguous(cells, delimiter):
        return
    assert list(read(cells, delimiter=delimiter).values) == [float(text) for text in texts]


@given(st.text(max_size=10), st.sampled_from(",;\t"))
@example("0\x1f", ",")
def test_no_cell_breaks_the_reading(cell, delimiter):
    assert is_ambiguous([cell], delimiter) or len(read([cell], delimiter=delimiter).values) == 1


def is_ambiguous(cells: list[str], delimiter: str) -> bool:
    try:
        read(cells, delimiter=delimiter)
    except DataError:
        return True
    return False
