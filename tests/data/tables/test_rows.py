import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.data.tables import rows as rows_module
from lmkit.data.tables.dialect import BACKSLASH, Dialect
from lmkit.data.tables.rows import split_rows

RFC = Dialect()


def lines_of(content):
    return io.StringIO(content, newline="")


def cut(content, dialect=RFC, **options):
    return [row.cells for row in split_rows(lines_of(content), dialect, **options)]


cells = st.text(alphabet='ab ,"\n\r', max_size=6)


@given(st.lists(st.lists(cells, min_size=2, max_size=3), max_size=5))
def test_rows_are_those_of_the_csv_module(table):
    written = io.StringIO(newline="")
    csv.writer(written).writerows(table)
    read = cut(written.getvalue())
    assert [[RFC.value(cell) for cell in row] for row in read] == table


@given(st.text(alphabet='ab,"\\\n\r ', max_size=40))
def test_joined_cells_are_the_text_whatever_it_is(content):
    for dialect in (RFC, Dialect(escape=BACKSLASH), Dialect(delimiter=""), Dialect(quote="")):
        joined = "".join(dialect.delimiter.join(row) for row in cut(content, dialect))
        assert joined.replace("\r", "").replace("\n", "").replace(" ", "") == (
            content.replace("\r", "").replace("\n", "").replace(" ", "")
        )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(end):
    assert cut(end.join(["a,b", "c,d", ""])) == [["a", "b"], ["c", "d"]]


def test_empty_lines_are_counted_and_give_no_row():
    rows = list(split_rows(lines_of("a,b\n\n  \nc,d\n"), RFC, before=2))
    assert [(row.number, row.cells) for row in rows] == [(3, ["a", "b"]), (6, ["c", "d"])]


def test_a_quoted_cell_reaches_over_lines():
    assert cut('1,"two\nlines, yes",x\n2,b,y\n') == [
        ["1", '"two\nlines, yes"', "x"],
        ["2", "b", "y"],
    ]


def test_a_stray_quote_does_not_swallow_the_rows_after_it():
    content = '1,"open never closed\n2,fine\n3,"also, fine"\n'
    rows = list(split_rows(lines_of(content), RFC, width=2))
    assert [row.cells for row in rows] == [
        ["1", '"open never closed'],
        ["2", "fine"],
        ["3", '"also, fine"'],
    ]
    assert [row.is_sound for row in rows] == [False, True, True]


def test_a_quote_that_is_open_at_the_end_is_told():
    (row, _) = split_rows(lines_of('"open\nb\n'), RFC)
    assert row.is_open
    (row,) = split_rows(lines_of('"closed" but not at its end\n'), RFC)
    assert not row.is_open
    assert not row.is_sound


def test_a_quote_that_is_open_for_too_long_was_none(monkeypatch):
    monkeypatch.setattr(rows_module, "LARGEST_CELL", 10)
    assert cut('"a\nb\nc\nd\ne\nf"\n')[0] == ['"a']


def test_quotes_inside_quotes_are_cut_as_the_width_demands():
    assert cut('1,"He said "hi" to me"\n', width=2) == [["1", '"He said "hi" to me"']]
    assert cut('1,"He said \\"hi\\", then"\n', width=2) == [["1", '"He said \\"hi\\", then"']]
    assert cut('1,"Yes," he said\n', width=3) == [["1", '"Yes', '" he said']]


def test_a_row_is_one_cell_where_there_is_no_delimiter():
    lines = Dialect(delimiter="")
    assert cut('Well, yes\n"Yes," he said\n"a\nb"\n', lines) == [
        ["Well, yes"],
        ['"Yes," he said'],
        ['"a\nb"'],
    ]


def test_an_escaped_line_end_does_not_end_a_row():
    dump = Dialect(quote="", escape=BACKSLASH, delimiter="\t")
    assert cut("1\ttwo\\\nlines\n2\tb\\\tc\n", dump) == [["1", "two\\\nlines"], ["2", "b\\\tc"]]
    assert cut("1\tends so\\\n", dump) == [["1", "ends so\\\n"]]
    assert cut("1\tends so\\", dump) == [["1", "ends so\\"]]


def test_spaces_after_a_delimiter_can_be_skipped():
    skipping = Dialect(skips_space=True)
    assert cut('1, "a, b" ,c\n', skipping) == [["1", ' "a, b" ', "c"]]


@pytest.mark.parametrize("line", ['"' * 200_001, 'a"' * 100_000, '","' * 100_000, '\\"' * 100_000])
def test_no_line_takes_long(line):
    for dialect in (RFC, Dialect(escape=BACKSLASH)):
        assert cut(f"{line}\n" * 3, dialect, width=2)
