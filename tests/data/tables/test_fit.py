import io

import pytest

from lmkit.data.tables.dialect import BACKSLASH, Dialect
from lmkit.data.tables.fit import fit_dialect, header_names

RFC = Dialect()


def fit(content, dialect=RFC, **options):
    return fit_dialect(list(io.StringIO(content, newline="")), dialect, **options)


def test_rows_of_another_count_of_cells_and_unsound_quotes_are_failures():
    assert fit("a,b\nc,d\n").failures == 0
    assert fit("a,b\nc\nd,e,f\ng,h\n").failures == 2
    assert fit('a,b\n"open,c\nd,e\n').failures == 1
    assert fit("").failures == 0


@pytest.mark.parametrize(
    ("content", "dialect", "doubts"),
    [
        ('a,"b, c"\n', RFC, 0),
        ('a,5" pipe\n', RFC, 1),
        ('a,"b"\n', Dialect(quote=""), 1),
        ('a,"b"\n', Dialect(quote="'"), 1),
        ("a,'it''s'\n", RFC, 1),
        ("a,'it''s'\n", Dialect(quote="'"), 0),
        ("a,'twas\n", RFC, 0),
        ("a,'so'\n", RFC, 0),
        ('a,\\"\n', Dialect(escape=BACKSLASH), 0),
        ("a, b\n", RFC, 1),
        ("a, b\n", Dialect(skips_space=True), 0),
    ],
)
def test_quotes_and_spaces_that_a_writer_would_not_leave_are_doubts(content, dialect, doubts):
    assert fit(content, dialect).doubts == doubts


def test_the_rank_prefers_few_failures_then_few_doubts_then_many_cells():
    worse = fit("a,b\nc\n"), fit('a,b\n5",c\n'), fit("a\nb\n")
    for other in worse:
        assert fit("a,b\nc,d\n").rank < other.rank


def test_the_last_row_of_a_part_is_left_out():
    assert len(fit("a,b\nc,d\ne,\n", is_whole=False).rows) == 2
    assert len(fit("a,b\n", is_whole=False).rows) == 1


@pytest.mark.parametrize(
    ("content", "has_names"),
    [
        ("id,body\n1,a\n2,b\n", True),
        ("user name,message body\nAda,hi\n", True),
        ("id,a name of many words\n1,a\n", False),
        ("1,body\n2,a\n", False),
        ("Ada,hello\nBo,ok\nAda,bye\n", False),
        ("body\na\n", False),
        ("id,body\n", False),
    ],
)
def test_a_header_is_names_that_do_not_recur_below(content, has_names):
    assert fit(content).has_names is has_names


@pytest.mark.parametrize(
    ("content", "is_table"),
    [
        ("1,a\n2,b\n", True),
        ("a,b\nc,d\ne,f\n", True),
        ("id,body\n1,Well, yes\n2,No, no, no\n", True),
        ("Id,Body\n1,Well, yes\n2,No, no, no\n", True),
        ("id, body\nx, Well, yes\ny, No, no, no\n", True),
        ("1,Well, yes\n2,No\n3,My, my, my\n", True),
        ("Well, yes\nNo, no\nOh, my\n", False),
        ("Yes, No\nWell, yes, or no\nOh, my, my\n", False),
        ("no\nyes, and no\nmy, my, my\n", False),
        ("1984, it was\nand, so, on\n", False),
        ("a line\nanother\n", False),
    ],
)
def test_rows_are_told_from_lines_of_text(content, is_table):
    assert fit(content).is_table is is_table


def test_a_row_that_begins_with_a_number_is_as_wide_as_the_narrowest():
    numbered = fit("1,Well, yes\n2,No\n3,My, my, my\n")
    assert numbered.is_numbered
    assert numbered.width == 2
    assert fit("id,body\n1,a\n").width == 2


@pytest.mark.parametrize(
    ("content", "has_index"),
    [
        ("text,label\n1,Hello,x\n2,Bye,y\n", True),
        ('"text","label"\n"1","Hello","x"\n"2","Bye","y"\n', True),
        ("text\n0,Hello\n1,Bye\n", True),
        ("id,text\n1,Hello, you\n2,Bye, me\n", False),
        (",text\n1,Hello, you\n2,Bye, me\n", False),
        ("Row,text\n1,Hello, you\n2,Bye, me\n", False),
        ("text,label\n1,Hello,x\n3,Bye,y\n", False),
        ("text,label\n1,Hello,x\n2,Bye\n", False),
        ("text\n12 men, all told\n13 men, and so on\n", False),
        ("text\n1,Hello\n", False),
    ],
)
def test_an_index_that_the_header_does_not_name_is_seen(content, has_index):
    assert fit(content, RFC).has_unnamed_index is has_index


def test_names_are_plain_text():
    assert header_names(['"id"', ' "te""xt" '], Dialect(skips_space=True)) == ("id", 'te"xt')
    assert header_names(["# id", "text"], RFC) == ("id", "text")
    assert header_names([""], RFC) == ("",)
    assert header_names(['"a question\r\nof two  lines"'], RFC) == ("a question of two lines",)
