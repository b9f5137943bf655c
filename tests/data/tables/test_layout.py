import io

import pytest

from lmkit.data.tables.dialect import BACKSLASH
from lmkit.data.tables.layout import detect_layout


def lines_of(content):
    return list(io.StringIO(content, newline=""))


def detect(content, column="text", **options):
    return detect_layout(lines_of(content), column, **options)


def texts(content, layout, index):
    return [layout.dialect.value(row.cells[index]) for row in layout.rows(lines_of(content))]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_that_of_the_line_with_the_column(delimiter):
    content = f"id{delimiter}text\n1{delimiter}Well, yes; no\n"
    layout = detect(content)
    assert layout.dialect.delimiter == delimiter
    assert (layout.names, layout.width) == (("id", "text"), 2)


@pytest.mark.parametrize(
    "content",
    [
        "text\nWell, yes, we went home.\nIt rained.\n",
        "text\nWell, we went.\nYes, it rained.\n",
        "text\n1;2;3\n4;5;6\n",
    ],
)
def test_a_header_of_one_name_makes_each_row_one_cell(content):
    layout = detect(content)
    assert (layout.names, layout.width, layout.dialect.delimiter) == (("text",), 1, "")
    assert texts(content, layout, 0) == content.split("\n")[1:-1]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("id, text", ("id", "text")),
        ('"id" , "text"', ("id", "text")),
        ("#id,text", ("id", "text")),
        (",text", ("", "text")),
        ("ID,Text", ("ID", "Text")),
    ],
)
def test_names_are_what_they_mean(header, names):
    assert detect(f"{header}\n1,a\n").names == names


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
def test_the_line_of_excel_names_the_delimiter(line):
    content = f"{line}\nid;text\n1;Well, yes\n"
    layout = detect(content)
    assert (layout.dialect.delimiter, layout.skipped, layout.preamble) == (";", 1, 0)
    assert texts(content, layout, 1) == ["Well, yes"]
    assert detect("sep=\\t\nid\ttext\n1\ta\n").dialect.delimiter == "\t"
    assert detect(f"{line}\n1;a\n2;b\n").width == 2


@pytest.mark.parametrize(
    "before", ["# exported 2024-05-01\n", "Export, of 2024,\n\n", "// one\n// two, too\n\n"]
)
def test_comments_and_titles_before_the_header_are_passed_over(before):
    content = f"{before}id,text\n1,a\n"
    layout = detect(content)
    assert layout.names == ("id", "text")
    assert layout.skipped == layout.preamble == before.count("\n")
    assert texts(content, layout, 1) == ["a"]


def test_a_row_that_looks_like_the_header_is_none_if_rows_stand_before_it():
    layout = detect("1,a\n2,text\n3,c\n")
    assert layout.names == ()
    assert layout.skipped == 0


def test_rows_are_numbered_from_the_first_line_of_the_file():
    content = "sep=;\n# comment\nid;text\n1;a\n2;b\n"
    assert [row.number for row in detect(content).rows(lines_of(content))] == [4, 5]


@pytest.mark.parametrize("header", ["id,text", "id,text,label"])
def test_an_empty_cell_at_the_end_of_every_row_is_none(header):
    rows = ["1,We went home" + ",x" * (header.count(",") - 1) + ",", "2,She, slept,b,"]
    content = "\n".join([header, *rows]) + "\n"
    layout = detect(content)
    assert layout.ends_empty
    assert [row.cells[-1] for row in layout.rows(lines_of(content))] != ["", ""]
    assert not detect(f"{header}\n1,a\n2,b,\n").ends_empty


@pytest.mark.parametrize(
    ("rows", "quote", "escape"),
    [
        ('1,"Well, ""yes"""\n2,no\n', '"', ""),
        ('1,"He said \\"hi\\", then"\n2,no\n', '"', BACKSLASH),
        ("1,'it''s, well'\n2,no\n", "'", ""),
        ("1,it\\, well\n2,no\\, no\n", "", BACKSLASH),
        ('1,5" pipe\n2,6" pipe\n3,"\n', "", ""),
        ("1,'twas\n2,don't\n", "'", None),
    ],
)
def test_quotes_and_escapes_are_those_under_which_the_rows_are_even(rows, quote, escape):
    dialect = detect(f"id,text\n{rows}").dialect
    if escape is None:  # apostrophes alone never make a quote
        assert dialect.quote != quote
    else:
        assert (dialect.quote, dialect.escape) == (quote, escape)


def test_prose_with_quotes_in_one_column_keeps_them():
    content = 'text\n"Yes," he said.\n"I will."\nShe "ran" home.\n'
    assert texts(content, detect(content), 0) == content.split("\n")[1:-1]


def test_one_stray_quote_does_not_undo_the_quoting_of_a_file():
    rows = [f'"{number}","text {number}"' for number in range(20)]
    content = "\n".join(['"id","text"', *rows, '"21","a "stray" one"']) + "\n"
    assert detect(content).dialect.quote == '"'


@pytest.mark.parametrize(
    ("content", "width"),
    [
        ("1,Hello my friend\n2,It rained\n", 2),
        ("1;Hello, you;x\n2;Bye;y\n", 3),
        ("# by x\n1|a\n2|b\n", 2),
        ("Well, yes\nNo\nOh, my, my\n", 1),
        ("Well, yes\nNo, no\nOh, my\n", 1),
        ("a line\nand another\n", 1),
        ("name, body\nAda, hi\nBo, bye\n", 2),
        ("", 1),
        ("\n\n", 1),
    ],
)
def test_without_the_column_the_delimiter_is_the_one_that_cuts_evenly(content, width):
    assert detect(content).width == width


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("id,body\n1,a\n2,b\n", ("id", "body")),
        ("user name;message body\nAda;hi you\n", ("user name", "message body")),
        ("1,a\n2,b\n", ()),
        ("Ada,hello\nBo,ok\nAda,bye\n", ()),
        ("text,text\na,b\n", ("text", "text")),
        ("Ada,see you at 5.\nBo,ok\n", ()),
        ("body\nsome words\nand more\n", ()),
    ],
)
def test_a_first_row_of_names_is_a_header(content, names):
    assert detect(content).names == names


def test_a_number_names_a_column_among_numbers_alone():
    assert detect("1,Hello\n2,Bye\n", "1").names == ()
    assert detect(",0,1\n0,a,b\n1,c,d\n", "1").names == ("", "0", "1")


def test_lines_of_text_may_begin_with_a_mark_of_comments():
    layout = detect("#monday is here\n#tuesday too\nand a line\n")
    assert (layout.width, layout.skipped) == (1, 0)


def test_a_kind_of_file_gives_the_delimiter():
    assert detect("text\nWell, yes\n", delimiter="\t").dialect.delimiter == "\t"


def test_a_sample_that_is_cut_inside_a_row_is_judged_by_the_rows_before():
    whole = 'id,text\n1,a\n2,"an open cell\n'
    assert detect(whole, is_whole=False).dialect.quote == '"'
    assert detect(whole, is_whole=False).first == ("1", "a")
