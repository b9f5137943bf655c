import csv
import io
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.data.tables.dialect import BACKSLASH, Dialect

RFC = Dialect()
ESCAPED = Dialect(escape=BACKSLASH)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("plain", "plain"),
        ('"quoted, with a comma"', "quoted, with a comma"),
        ('"doubled ""quotes"""', 'doubled "quotes"'),
        ('""', ""),
        ('"two\r\nlines"', "two\r\nlines"),
        ('"closed" ', "closed"),
        ('5" pipe', '5" pipe'),
        ('"Yes," he said', '"Yes," he said'),
        ('"open', '"open'),
        ('"', '"'),
        (" leading space", " leading space"),
        ("C:\\new", "C:\\new"),
    ],
)
def test_a_cell_is_its_text(cell, text):
    assert RFC.value(cell) == text


@given(st.text(alphabet='ab",\n\r;'))
def test_a_cell_as_python_writes_it_is_its_text(text):
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="").writerow([text])
    assert RFC.is_quoted(written.getvalue())
    assert RFC.value(written.getvalue()) == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (r'"He said \"hi\", then"', 'He said "hi", then'),
        (r"a\, b", "a, b"),
        (r"C:\\new", r"C:\new"),
        (r'"two\nlines"', "two\nlines"),
        ('"two\\\nlines"', "two\nlines"),
        (r"tab\there", "tab\there"),
        (r"\d+ stays", r"\d+ stays"),
        (r"\N", ""),
        (r'"\N and more"', r"\N and more"),
        (r'"it ""was"" so"', 'it "was" so'),
        (r'"open \"', '"open "'),
    ],
)
def test_escapes_are_those_of_databases(cell, text):
    assert ESCAPED.value(cell) == text


def test_only_a_whole_quoted_text_is_quoted():
    assert RFC.is_quoted('"a ""b"" c"')
    assert not RFC.is_quoted('"a" and "b"')
    assert not RFC.is_quoted('"a""')
    assert not RFC.is_quoted("a")
    assert not Dialect(quote="").is_quoted('"a"')
    assert ESCAPED.is_quoted(r'"a \" b"')


def test_a_space_after_the_delimiter_belongs_to_the_cell_unless_it_is_skipped():
    assert RFC.value(' "a"') == ' "a"'
    assert Dialect(skips_space=True).value(' "a"') == "a"
    assert Dialect(skips_space=True).value("  a b") == "a b"


def test_without_a_quote_every_character_is_text():
    plain = Dialect(quote="")
    assert plain.value('"a"') == '"a"'
    assert plain.unescaped("a\\b") == "a\\b"


def test_what_is_escaped_can_be_left_out():
    assert ESCAPED.unescaped(r"a\"b\\c") == "abc"


def test_a_long_cell_is_read_quickly():
    assert len(RFC.value('"' + 'x""' * 300_000 + '"')) == 600_000
    assert not RFC.is_quoted('"' + 'x"' * 300_000)


def test_a_dialect_can_be_sent_to_another_process():
    assert ESCAPED.value('"a"') == "a"
    assert pickle.loads(pickle.dumps(ESCAPED)) == ESCAPED  # noqa: S301  # our own bytes
