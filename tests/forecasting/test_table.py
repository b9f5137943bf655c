"""Tables: delimiter, header, comments and widths, and the line of every row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.forecasting.rows import Row
from lmkit.forecasting.table import Table, read_table


@pytest.fixture
def read(tmp_path):
    """Read a text, or bytes, as a table."""

    def from_text(text: str | bytes) -> Table:
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_table(path)

    return from_text


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


@pytest.mark.parametrize(
    "text", ["x\n1,5\n2,5\n", "x\n1.5\n2.5\n", '"x"\n"1,5"\n"2,5"\n', "x\n1 022\n2 345\n"]
)
def test_a_header_of_one_name_makes_a_table_of_one_column(read, text):
    table = read(text)
    assert table.header == ("x",)
    assert all(len(row.cells) == 1 for row in table.rows)
    assert '"' not in "".join(table.column(0))


def test_rows_know_their_lines(read):
    table = read("# by me\n\ndate,x\n2010-01,1\n\n2010-02,2\n# end\n\n")
    assert table.rows == (Row(4, ("2010-01", "1")), Row(6, ("2010-02", "2")))
    assert table.notices == (f"{table.name}: lines 1, 7 begin with # and are skipped",)


def test_a_cell_over_two_lines_counts_both(read):
    table = read('"date","sales\n(in USD)"\n2010-01,1\n2010-02,2\n')
    assert table.header == ("date", "sales (in USD)")
    assert [row.line for row in table.rows] == [3, 4]


@pytest.mark.parametrize("cell", ["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NUM!", "#NAME?"])
def test_an_error_of_a_spreadsheet_is_no_comment(read, cell):
    assert read(f"x\n1\n{cell}\n3\n").column(0) == ("1", cell, "3")


def test_one_comment_is_told_alone(read):
    table = read("date,x\n2010-01,1\n# so far estimated\n2010-02,2\n")
    assert table.notices == (f"{table.name}: line 3 begins with # and is skipped",)
    many = read("#\n#\n#\n#\ndate,x\n2010-01,1\n2010-02,2\n")
    assert many.notices == (f"{many.name}: lines 1, 2, 3 ... begin with # and are skipped",)


def test_names_in_a_comment_above_the_rows_are_the_header(read):
    for first in ("# date,x", "#date,x"):
        table = read(f"{first}\n2010-01,1\n2010-02,2\n")
        assert (table.header, table.has_header, table.notices) == (("date", "x"), True, ())
    table = read("#,date,x\n1,2010-01,5\n2,2010-02,6\n")
    assert table.header == ("", "date", "x")
    table = read("# all, of it, by me\ndate,x\n2010-01,1\n2010-02,2\n")
    assert table.header == ("date", "x")
    assert len(table.notices) == 1


def test_a_delimiter_that_is_declared_holds(read):
    for first in ("sep=;", '"sep=;"', "SEP=;"):
        table = read(f"{first}\r\ndate;x\r\n2010-01;1\r\n2010-02;2\r\n")
        assert table.header == ("date", "x")
        assert table.rows[0] == Row(3, ("2010-01", "1"))


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("x\n1\n2\n", ("x",)),
        ("1\n2\n", None),
        ("date,x\n2010-01,1\n2010-02,2\n", ("date", "x")),
        ("2010-01,1\n2010-02,2\n", None),
        ("2010-01,n.a.\n2010-02,2\n2010-03,3\n", None),
        (",x\n0,1\n1,2\n", ("", "x")),
        (",0\n0,1.5\n1,2.5\n", ("", "0")),
        ("Month,1958,1959\nJan,1,2\nFeb,3,4\n", ("Month", "1958", "1959")),
        ('"Month", "1958", "1959"\nJAN,1,2\nFEB,3,4\n', ("Month", "1958", "1959")),
        ("1958,1959,1960\n340,360,417\n318,342,391\n", ("1958", "1959", "1960")),
        ("1958,1959,1960\n1961,1962,1963\n", None),
        ("Jan,Feb\n1,2\n3,4\n", ("Jan", "Feb")),
        ("A,1\nB,2\n", None),
        ("store,x\nA,1\nB,2\n", ("store", "x")),
        ("  date ,  x  \n2010-01,1\n2010-02,2\n", ("date", "x")),
        ("x\n5\n", ("x",)),
        ("5\n", None),
    ],
)
def test_a_header_is_told_from_the_first_row(read, text, header):
    table = read(text)
    assert table.has_header is (header is not None)
    made_up = tuple(f"column {number}" for number in range(1, len(table.header) + 1))
    assert table.header == (header or made_up)
    assert len(table.rows) == text.count("\n") - table.has_header


@pytest.mark.parametrize(
    "text",
    [
        "date,x,\n2010-01,1,\n2010-02,2,\n",
        "date,x\n2010-01,1,\n2010-02,2,\n",
        "date,x,,\n2010-01,1\n2010-02,2\n",
        "date,x\n2010-01,1\n2010-02,2,,\n",
        "date,,x\n2010-01,,1\n2010-02,,2\n",
        "date;x;;\n2010-01;1;;\n2010-02;2;;\n",
    ],
)
def test_empty_columns_without_a_name_are_dropped(read, text):
    table = read(text)
    assert table.header == ("date", "x")
    assert cells(table) == [("2010-01", "1"), ("2010-02", "2")]


def test_an_empty_column_with_a_name_is_told_of(read):
    for text in ("date,x,note\n2010-01,1,\n2010-02,2,\n", "date,note,x\n2010-01,,1\n2010-02,,2\n"):
        table = read(text)
        assert table.header == ("date", "x")
        assert table.notices == (f"{table.name}: column 'note' is empty and is left out",)


def test_row_numbers_that_r_writes_without_a_name_are_a_column(read):
    for text in (
        '"x" "y"\n"1" 5 6\n"2" 7 8\n',
        '"x","y"\n"1",5,6\n"2",7,8\n',
        "x,y\n0,5,6\n1,7,8\n",
    ):
        table = read(text)
        assert table.header == ("", "x", "y")
        assert [row[1:] for row in cells(table)] == [("5", "6"), ("7", "8")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,x\n2010-01,1,200\n2010-02,1,300\n", "line 1 has 2 cells where the others have 3"),
        ("date,x\n2010-01,1\n2010-02,2,5\n2010-03,3\n", "line 3 has 3 cells where .* have 2"),
        ("date,x\n2010-01,1\n2010-02\n2010-03,3\n", r"line 3 has 1 cell \('2010-02'\)"),
        ("date,x\n2010-01,1\n2010-02,2\n\nTotal of all\n", r"line 5 has 1 cell \('Total of all'\)"),
        ("My sales\ndate,x\n2010-01,1\n2010-02,2\n", "line 1 has 1 cell .* delete titles"),
        ("a,b,c\n1,2\n3,4\n", "line 1 has 3 cells where the others have 2"),
        ("date,x\n2010-01,1\n2010-02,2\n% end\n", "line 4 has 1 cell .* begin their lines with #"),
    ],
)
def test_a_row_of_another_width_is_refused_by_its_line(read, text, said):
    with pytest.raises(DataError, match=said):
        read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n  \n", "is empty"),
        ("# only\n# comments\n", "is empty"),
        ("sep=;\n", "is empty"),
        ("date,x\n", "has a header but no numbers"),
        ("date,x\n,\n,\n", "has a header but no numbers"),
        ('date,x\n2010-01,"1\n2010-02,2\n', "line 2 has a quotation mark without an end"),
        ('"date,x\n' + "2010-01,1\n" * 9, "line 1 has a quotation mark without an end"),
        (f"x,y\n{'1' * 140_000},2\n", "line 2 cannot be read as CSV: field larger"),
        (b"PK\x03\x04\x00\x00\x00", "is not a text; save the table as CSV"),
        (b"PAR1\x15\x04\x15", "is not a text"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(read, text, said):
    with pytest.raises(DataError, match=said) as error:
        read(text)
    assert "\n" not in str(error.value)


def test_an_empty_line_is_a_row_of_a_table_of_one_column_alone(read):
    assert cells(read("x\n1\n\n2\n\n")) == [("1",), ("",), ("2",)]
    assert cells(read("date,x\n2010-01,1\n\n2010-02,2\n\n")) == [("2010-01", "1"), ("2010-02", "2")]


def test_an_encoding_that_was_detected_is_said(read):
    assert "read as cp1252" in read("größe\n1\n2\n".encode("latin-1")).notices[0]
    assert read("größe\n1\n2\n".encode()).notices == ()


def test_columns_can_be_kept_in_another_order(read):
    table = read("a,b,c\n1,2,3\n4,5,6\n").keep([2, 0])
    assert (table.header, cells(table)) == (("c", "a"), [("3", "1"), ("6", "4")])
    assert table.column(1) == ("1", "4")


PLAIN = st.sampled_from(["1", "2.5", "-3", "2010-01", "x y", "a,b", "a;b", 'say ""hi""', ""])


@given(
    st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(PLAIN, min_size=width, max_size=width), min_size=2)
    )
)
def test_quoted_cells_keep_their_places(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("quoted") / "table.csv"
    names = [f"name {place}" for place in range(len(rows[0]))]
    lines = [",".join(f'"{cell}"' for cell in row) for row in [names, *rows]]
    path.write_text("sep=,\n" + "\n".join(lines) + "\n", encoding="utf-8")
    try:
        table = read_table(path)
    except DataError:
        return
    by_name = dict(zip(table.header, zip(*cells(table), strict=True), strict=True))
    for place, name in enumerate(names):
        written = [row[place].replace('""', '"') for row in rows if any(row)]
        if name in by_name:
            assert list(by_name[name]) == written


@pytest.mark.parametrize("content", ['{"date": "2010-01", "x": 1}\n', '[\n {"x": 1}\n]'])
def test_json_is_told_to_be_no_table(tmp_path, content):
    path = tmp_path / "x.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="is JSON, but"):
        read_table(path)
