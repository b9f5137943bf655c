import csv
import io
from contextlib import nullcontext

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.data.tables.delimited import DelimitedTable


def read(content, column="text", **options):
    """Return the texts of a table, and the notices."""
    table = DelimitedTable(
        "x.csv", lambda: nullcontext(io.StringIO(content, newline="")), **options
    )
    notices = []
    return list(table.texts(column, notices)), notices


def texts(content, column="text", **options):
    return read(content, column, **options)[0]


@pytest.mark.parametrize(
    "content",
    [
        "text\nWell, yes, we went home.\nIt rained all day.\n",
        "text\nWell, we went home.\nYes, it rained.\n",
        'text\n"Well, we went home."\nHe said "no", twice.\n',
        "text\nWell; we went; home\n",
        "text\n\tindented\tby tabs\n",
    ],
)
def test_a_table_of_one_column_is_its_lines(content):
    expected = [line.strip('"') if line.startswith('"W') else line for line in content.split("\n")]
    assert texts(content) == expected[1:-1]
    assert read(content)[1] == []


@pytest.mark.parametrize(
    ("header", "row", "text"),
    [
        ("id,text", "1,Hello, my friend", "Hello, my friend"),
        ("id;text", "1;Hello; my friend", "Hello; my friend"),
        ("id|text", "1|Hello| my friend", "Hello| my friend"),
        ("id\ttext", "1\tHello\tmy friend", "Hello\tmy friend"),
        ("text,id", "Hello, my friend,1", "Hello, my friend"),
        ("id,text,label", "1,Hello, my friend,good", "Hello, my friend"),
        ("id,text", '1,Hello, "my" friend', 'Hello, "my" friend'),
        ("id,text", '1,"Yes," he said', '"Yes," he said'),
    ],
)
def test_a_text_with_the_delimiter_in_it_is_kept_whole(header, row, text):
    plain = row.split(text)[0] + "plain" + row.split(text)[1]
    found, notices = read(f"{header}\n{plain}\n{row}\n")
    assert found == ["plain", text]
    assert "1 of 2 rows have more cells than the header (row 3 has" in notices[0]


def test_an_index_without_a_name_is_refused():
    content = '"text","n"\n"1","Hello","3"\n"2","Bye, you","4"\n'
    with pytest.raises(DataError, match="name that column too: row,text,n"):
        texts(content)
    assert texts(content.replace('"text"', '"","text"')) == ["Hello", "Bye, you"]
    with pytest.raises(DataError, match="row 2 has more cells than the 1 that the header names"):
        texts("text\n1,Hello\n2,Bye\n")


def test_a_quoted_cell_is_whole_and_never_joined_to_others():
    content = '"text","n"\n"a","Hello","3"\n"b","Bye, you","4"\n'
    with pytest.raises(DataError, match=r"row 2 has 3 cells, not 2.*as many cells as the header"):
        texts(content)


@pytest.mark.parametrize("word", ["None", "null", "NA", "N/A", "nan", "", "3", "2024-01-31"])
def test_cells_are_text(word):
    content = f"name,text\nAda,see you\nBo,{word}\nAda,ok\n"
    assert texts(content) == list(filter(None, ["see you", word, "ok"]))


def test_a_row_that_lacks_its_text_is_passed_over_with_its_number():
    rows = [f"{number},a" for number in range(30)]
    rows[20] = "20"
    found, (notice,) = read("\n".join(["id,text", *rows]) + "\n")
    assert len(found) == 29
    assert "1 of 30 rows cannot be read: row 22 has 1 cell, not 2" in notice


def test_too_many_such_rows_are_refused():
    with pytest.raises(DataError, match=r"2 of 3 rows cannot be read \(rows 2, 3\)"):
        texts("id,text\n1\n2\n3,x\n")


def test_a_row_may_lack_cells_after_its_text():
    assert texts("id,text,label\n1,a\n2,b,c\n") == ["a", "b"]


def test_a_row_far_down_is_mended_as_those_above():
    rows = [f"{number},plain" for number in range(5000)]
    late = ['5000,"He said \\"hi\\", then left"', '5001,"He said "hi" to me"', '5002,"open']
    found, _ = read("\n".join(["id,text", *rows, *late, "5003,last"]) + "\n")
    assert found[5000:] == ['He said "hi", then left', 'He said "hi" to me', '"open', "last"]


def test_a_missing_column_is_named_with_those_there_are():
    with pytest.raises(DataError) as told:
        texts("id,body,label\n1,we went home,x\n2,she slept,y\n")
    assert str(told.value) == (
        "x.csv has no column 'text'; choose one with --column: id, body, label; or, if that first "
        "row is no header, by its number, e.g. --column 2"
    )
    with pytest.raises(DataError, match="has 2 columns, so there is no --column 3"):
        texts("id,body\n1,a\n", "3")


def test_a_table_without_a_header_is_read_by_number():
    content = "1,Hello my friend\n2,It rained\n"
    with pytest.raises(DataError, match=r"no header line: its first row is '1', 'Hello my friend'"):
        texts(content)
    found, (notice,) = read(content, "2")
    assert found == ["Hello my friend", "It rained"]
    assert "no header line: its first row was read as text" in notice


@pytest.mark.parametrize("header", ["", "id,body\n"])
def test_uneven_rows_without_the_column_are_refused_not_learned_whole(header):
    content = f"{header}1,Hello, my friend\n2,It rained\n3,Well, yes, no\n"
    with pytest.raises(DataError, match="--column 2" if not header else "--column: id, body"):
        texts(content)
    asked = "body" if header else "2"
    assert texts(content, asked) == ["Hello, my friend", "It rained", "Well, yes, no"]


def test_a_number_chooses_a_column_and_says_what_it_took_for_the_header():
    found, (notice,) = read("id,body\n1,a\n2,b\n", "2")
    assert found == ["a", "b"]
    assert "its first row (id, body) was taken as the header" in notice


def test_lines_without_a_header_are_all_text():
    found, (notice,) = read("first line, with a comma\nsecond\nthird\n")
    assert found == ["first line, with a comma", "second", "third"]
    assert "has one column and no header 'text'" in notice


def test_two_columns_of_one_name_are_told_apart_by_number():
    content = "text,text\na,b\nc,d\n"
    with pytest.raises(DataError, match="2 columns named 'text'; choose --column 1 or --column 2"):
        texts(content)
    assert texts(content, "2") == ["b", "d"]
    assert texts("Text,text\na,b\n") == ["b"]


def test_what_stands_before_the_header_is_told():
    found, (notice,) = read("# exported by x\n\nid, text\n1, a\n")
    assert found == ["a"]
    assert notice == "x.csv: skipped the 2 lines before the table"


def test_the_line_of_excel_is_no_row():
    assert read("sep=;\nid;text\n1;We went home\n") == (["We went home"], [])


def test_a_trailing_delimiter_in_every_row_is_no_text():
    assert texts("id,text\n1,We went home,\n2,She slept,\n") == ["We went home", "She slept"]
    assert texts("id,text\n1,We went home,\n2,She slept\n") == ["We went home,", "She slept"]


def test_a_file_of_tabs_is_cut_by_tabs_alone():
    assert texts("text,id\tn\nWell, yes\t1\n", "text,id", delimiter="\t") == ["Well, yes"]


def test_a_cell_of_many_lines_is_one_text():
    assert texts('id,text\n1,"two\nlines, yes"\n2,b\n') == ["two\nlines, yes", "b"]


CELLS = st.text(alphabet="ab C,;\t|\"'\\\n\r #é中", max_size=12)


@st.composite
def dialects(draw):
    """Every way in which Python's csv module writes, and the names of the columns."""
    quoting = draw(
        st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE])
    )
    escape = "\\" if quoting == csv.QUOTE_NONE else draw(st.sampled_from([None, "\\"]))
    names = st.sampled_from([["id", "text"], ["text", "label"], ["id", "text", "n"], ["text"]])
    columns = draw(names)
    assume(quoting != csv.QUOTE_NONE or len(columns) > 1)
    return columns, {
        "quoting": quoting,
        "delimiter": draw(st.sampled_from(",;\t|")),
        "escapechar": escape,
        "doublequote": escape is None,
        "quotechar": draw(st.sampled_from('""\'')),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n", "\r"])),
    }


@pytest.mark.slow
@settings(max_examples=1000, suppress_health_check=[HealthCheck.filter_too_much])
@given(dialects(), st.lists(CELLS, max_size=8), st.text(alphabet="xyz1 ,", max_size=4))
def test_no_cell_is_lost_in_any_dialect(dialect, cells, other):
    names, options = dialect
    quote, delimiter = options["quotechar"], options["delimiter"]
    if options["quoting"] == csv.QUOTE_NONE or quote == "'":
        strange = "'" if quote == '"' else '"'
        cells = [cell.replace(strange, "") for cell in cells]
    # One cell shows how quotes and delimiters are written; without it some files have two meanings.
    cells = [f"say {quote}hi{quote}{delimiter} then", *cells]
    rows = [[cell if name == "text" else other for name in names] for cell in cells]
    written = io.StringIO(newline="")
    writer = csv.writer(written, **options)
    writer.writerows([names, *rows])
    reading = {name: value for name, value in options.items() if name != "lineterminator"}
    again = list(csv.reader(io.StringIO(written.getvalue(), newline=""), **reading))
    assume(again == [names, *rows])  # Python itself loses some
    found = texts(written.getvalue())
    assert [text for text in found if text.strip()] == [cell for cell in cells if cell.strip()]


@settings(max_examples=1500)
@given(
    st.text(alphabet="text,id;\t|\"'\\\n\r#1 =", max_size=60), st.sampled_from(["text", "2", ""])
)
def test_any_text_is_read_or_refused_in_one_sentence(content, column):
    found, said = [], []
    try:
        found, said = read(content, column)
    except DataError as error:
        said = [str(error)]
    assert all(found)
    assert all("\n" not in sentence for sentence in said)


@pytest.mark.parametrize("row", ["2,ok,,", "2,ok,,,,"])
def test_delimiters_at_the_end_of_one_row_are_no_text(row):
    assert texts(f"id,text\n1,We went home\n{row}\n3,She slept\n") == [
        "We went home",
        "ok",
        "She slept",
    ]


def test_delimiters_at_the_end_of_a_row_do_not_move_a_text_in_its_middle():
    table = "id,text,label\n1,We went home,a\n2,ok,b,,\n3,She slept,c\n"
    assert texts(table) == ["We went home", "ok", "She slept"]


@pytest.mark.parametrize("rows", [",\n", ",,\n", ";;\n".replace(";", ","), " , \n"])
def test_a_row_of_delimiters_alone_holds_no_text(rows):
    assert [one.strip() for one in texts(f"id,text\n1,we went\n{rows}2,bye\n") if one.strip()] == [
        "we went",
        "bye",
    ]


def test_a_header_among_the_rows_is_passed_over_and_told():
    found, notices = read("id,text\n1,we went\nid,text\n2,bye\nid , text\n3,x\n")
    assert found == ["we went", "bye", "x"]
    assert notices == ["x.csv: the header is repeated 2 times among the rows and was skipped"]
    assert texts("text\nwe went\ntext\n") == ["we went", "text"]


def test_columns_without_a_name_do_not_make_a_header_a_row():
    content = "v1,v2,,\nham,we went,,\nspam,it rained,,\nham,bye,,\n"
    with pytest.raises(DataError, match=r"no column 'text'; choose one with --column: v1, v2; or"):
        texts(content)
    assert texts(content, "v2") == ["we went", "it rained", "bye"]


def test_a_file_of_tabs_by_name_may_be_cut_by_commas():
    assert texts("id,text\n1,we went\n2,bye\n", delimiter="\t") == ["we went", "bye"]
    assert texts("id\ttext\n1\twe, went\n", delimiter="\t") == ["we, went"]


@pytest.mark.parametrize("header", ["id^text", "a:text", "id~text~n"])
def test_a_header_parted_by_an_unusual_sign_is_refused(header):
    row = header.replace("text", "we went")
    with pytest.raises(DataError, match=r"names the column 'text', but no comma, semicolon, tab"):
        texts(f"{header}\n{row}\n{row}\n")


@pytest.mark.parametrize("title", ["Table 1,", '"Export, of May",', "Sheet,,"])
def test_a_title_with_empty_cells_after_it_stands_before_the_table(title):
    found, notices = read(f"{title}\nid,text\n1,we went\n2,bye\n")
    assert found == ["we went", "bye"]
    assert notices == ["x.csv: skipped the line before the table"]
