"""Rows of a text file: encodings, delimiters and quotes."""

import csv
import gzip
import io
import lzma
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.forecasting.rows import (
    UNDIVIDED,
    Line,
    Row,
    choose_delimiter,
    quoted,
    read_lines,
    split_rows,
    stripped,
)


def numbered(text: str) -> list[Line]:
    return [Line(number, line) for number, line in enumerate(text.split("\n"), start=1)]


def split(text: str, delimiter: str) -> list[Row]:
    return list(split_rows(numbered(text), delimiter, "t.csv"))


@pytest.fixture
def read(tmp_path):
    """Write bytes and read them as lines."""

    def from_bytes(data: bytes) -> tuple[list[str], list[str]]:
        path = tmp_path / "table.csv"
        path.write_bytes(data)
        name, lines, notices = read_lines(path)
        assert name == str(path)
        assert [line.number for line in lines] == list(range(1, len(lines) + 1))
        return [line.text for line in lines], notices

    return from_bytes


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("date,x\n2010-01,1\n2010-02,2", ","),
        ("date;x\n2010-01;1,5\n2010-02;2,5", ";"),
        ("date\tx\n2010-01\t1,200\n2010-02\t2", "\t"),
        ("date|x\n2010-01|1\n2010-02|2", "|"),
        ("date x\n2010-01 1\n2010-02 2", " "),
        ("date    x\n2010-01  1\n2010-02 22", " "),
        ("x\n1,5\n2,5", UNDIVIDED),
        ("x\n1 022\n2 345", UNDIVIDED),
        ("Jan 2010\nFeb 2010", UNDIVIDED),
        ("1,5\n2,5", ","),
        ("1,5;2,5\n1,5;2,5", ";"),
        ("1;2,5\n1;2,5", ";"),
        ("2010-01;1.022,5\n2010-02;684", ";"),
        ("Jan 2010,1\nFeb 2010,2", ","),
        ("2010-01-01 12:00;5\n2010-01-01 13:00;6", ";"),
        ('"a;b",c\n1,2\n3,4', ","),
        ('date,"sales, net"\n2010-01,"1,200"\n2010-02,"1,300"', ","),
        ("date,x\n2010-01,NA\n2010-02,NA", ","),
        ("a,b\n1,2\n3", ","),
        ("date,x,\n2010-01,1,\n2010-02,2,", ","),
    ],
)
def test_the_delimiter_is_the_one_under_which_rows_make_sense(text, delimiter):
    assert choose_delimiter(numbered(text)) == delimiter


@pytest.mark.parametrize(
    ("text", "delimiter", "cells"),
    [
        ("a,b", ",", ("a", "b")),
        (" a , b ", ",", ("a", "b")),
        ('"a","b"', ",", ("a", "b")),
        ('"a", "b"', ",", ("a", "b")),
        ('"a" , "b"', ",", ("a", "b")),
        ('"a,b",c', ",", ("a,b", "c")),
        ('"say ""a""",b', ",", ('say "a"', "b")),
        ("a  b;c\u00a0d", ";", ("a b", "c d")),
        ("a   b", " ", ("a", "b")),
        ("  a b  ", " ", ("a", "b")),
        ("a,b;c", UNDIVIDED, ("a,b;c",)),
        ('"a,b"', UNDIVIDED, ("a,b",)),
        ('"a",b', UNDIVIDED, ('"a",b',)),
        ("", ",", ("",)),
        ("", UNDIVIDED, ("",)),
        (",,", ",", ("", "", "")),
    ],
)
def test_cells_stand_between_delimiters_without_spaces_around_them(text, delimiter, cells):
    assert split(text, delimiter) == [Row(1, cells)]


def test_a_header_may_go_over_several_lines():
    rows = split('"date","sales\nin USD"\n2010-01,1\n2010-02,2', ",")
    assert rows == [
        Row(1, ("date", "sales in USD")),
        Row(3, ("2010-01", "1")),
        Row(4, ("2010-02", "2")),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a,b\n1,"2\n3,4', "line 2 has a quotation mark without an end"),
        ('"a,b\n1,2\n3,4\n5,6\n7,8\n9,10', "line 1 has a quotation mark without an end"),
        (f"a,b\n1,{'2' * 200_000}", "line 2 cannot be read as CSV"),
    ],
)
def test_a_row_without_an_end_is_refused_by_its_line(text, said):
    with pytest.raises(DataError, match=f"t.csv: {said}"):
        split(text, ",")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_reads_the_same(read, encoding, end):
    text = f"datum;größe{end}2010-01;1,5{end}"
    lines, notices = read(text.encode(encoding))
    assert lines == ["datum;größe", "2010-01;1,5"]
    assert len(notices) == (encoding == "cp1252")


@pytest.mark.parametrize("unit", ["{} €", "1\u00a0{:03d}", "£{}", "{}¢"])
def test_a_table_too_short_on_text_is_read_in_the_usual_encoding(read, unit):
    rows = "".join(f"2010-{at % 12 + 1:02d};{unit.format(at)}\n" for at in range(60))
    lines, notices = read(f"date;x\n{rows}".encode("cp1252"))
    assert lines[1] == f"2010-01;{unit.format(0)}"
    assert notices[0].endswith("is not UTF-8; it was read as cp1252")


def test_names_in_another_script_are_read_in_its_encoding(read):
    names = "дата;количество проданных билетов в кассах и на вокзалах города"
    lines, notices = read(f"{names}\n2010-01;1\n2010-02;2\n".encode("cp1251"))
    assert lines[0] == names
    assert "cp1251" in notices[0]


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_compressed_file_is_read(read, compress):
    assert read(compress(b"x\n1\n"))[0] == ["x", "1"]


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00", b"PAR1\x15\x04", b"%PDF-1.4", b"\x89PNG\r\n"])
def test_another_kind_of_file_is_refused_with_advice(read, data):
    with pytest.raises(DataError, match="is not a text; save the table as CSV"):
        read(data)


def test_a_damaged_file_is_refused(read):
    with pytest.raises(DataError, match="damaged"):
        read(gzip.compress(b"x\n1\n" * 100)[:-10])


def test_what_cannot_be_opened_is_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path, tmp_path / "x" / "y.csv"):
        with pytest.raises(DataError, match="cannot read"):
            read_lines(path)


def test_standard_input_is_read(monkeypatch):
    given_bytes = io.TextIOWrapper(io.BytesIO(b"x\n1\n2\n"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", given_bytes)
    name, lines, _ = read_lines(Path("-"))
    assert (name, [line.text for line in lines]) == ("standard input", ["x", "1", "2"])


def test_an_error_shows_the_beginning_of_a_long_cell():
    assert quoted("5 kg") == "'5 kg'"
    assert quoted("x" * 40) == repr("x" * 40)
    assert quoted("x" * 41) == repr("x" * 40 + "...")


def test_cells_at_the_end_that_hold_nothing_can_be_taken_off():
    assert stripped(("a", "", "b", "", "")) == ("a", "", "b")
    assert stripped(("", "")) == stripped(()) == ()


CELLS = st.text(st.characters(blacklist_categories=["C", "Z"]), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1), st.sampled_from(",;\t|"))
def test_what_the_csv_module_writes_is_split_as_it_was(rows, delimiter):
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        rows
    )
    lines = written.getvalue().removesuffix("\n")
    assert [list(row.cells) for row in split(lines, delimiter)] == rows


def test_time_stamps_of_a_series_are_no_chat(tmp_path):
    path = tmp_path / "x.csv"
    rows = "".join(f"2020-01-01 {hour:02d}:00:00,{hour}\n" for hour in range(24))
    path.write_text("time,x\n" + rows, encoding="utf-8")
    _, lines, notices = read_lines(path)
    assert notices == []
    assert lines[1] == Line(2, "2020-01-01 00:00:00,0")
