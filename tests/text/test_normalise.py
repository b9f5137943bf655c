import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text.normalise import (
    blocks_of_lines,
    cut_text,
    normalise_text,
    open_line,
    open_lines,
    opened_blocks,
    squeeze,
    starts_without_space,
    straightened,
)
from lmkit.text.words import split_words


@given(st.text() | st.text(alphabet="aA'\"‘’“”„\u0301 "), st.booleans(), st.booleans())
def test_normalising_twice_is_normalising_once(text, lowercase, straight_quotes):
    once = normalise_text(text, lowercase=lowercase, straight_quotes=straight_quotes)
    assert normalise_text(once, lowercase=lowercase, straight_quotes=straight_quotes) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode()  # nothing is left that UTF-8 cannot write


def test_each_change_has_a_name():
    assert normalise_text("\ufeffa") == "a"
    assert normalise_text("a\r\nb\rc") == "a\nb\nc"
    assert normalise_text("a\x00b\x1fc\x9fd") == "a b c d"
    assert normalise_text("e\u0301") == "é"
    assert normalise_text(" a \t\u00a0\u3000 b\x0b\x0cc ") == "a b c"
    assert normalise_text("Ab", lowercase=True) == "ab"
    assert normalise_text("a\ud800b") == "a\ufffdb"
    assert normalise_text("“I’ll”, ‘he’ „sagt‟", straight_quotes=True) == '"I\'ll", \'he\' "sagt"'


def test_quotes_stay_as_they_are_unless_they_are_to_be_straight():
    assert normalise_text("“I’ll”") == "“I’ll”"
    assert (
        normalise_text("«a» 5′ 3″ ʻokina 『中』", straight_quotes=True) == "«a» 5′ 3″ ʻokina 『中』"
    )
    assert straightened("‘a’ ‚b‛ “c” „d‟ 'e' \"f\"") == "'a' 'b' \"c\" \"d\" 'e' \"f\""


@given(st.text(alphabet="a'\"‘’‚‛“”„‟ "))
def test_straight_quotes_change_nothing_else(text):
    straight = normalise_text(text, straight_quotes=True)
    assert len(straight) == len(normalise_text(text))
    assert set(straight) <= set("a'\" ")


def test_empty_lines_stay():
    assert normalise_text("\n\na\n \n") == "\n\na\n\n"


@given(st.text(alphabet=" \t\u00a0ab\x0b"))
def test_a_long_line_is_squeezed_as_a_short_one(line):
    long = "x " * 40_000 + line
    assert squeeze(long) == " ".join(long.split())


def test_words_get_a_space_and_unspaced_scripts_none():
    assert open_line("the cat") == " the cat"
    assert open_line("中文") == "中文"
    assert open_line("「中") == "「中"
    assert open_line("ประเทศ") == "ประเทศ"
    assert open_line("Ελλάδα") == " Ελλάδα"
    assert open_line("") == ""


@given(st.text(alphabet="ab \n中"), st.integers(1, 9))
def test_a_text_is_cut_where_no_piece_is_cut(text, size):
    opened = open_lines(normalise_text(text))
    parts = list(cut_text(opened, size=size))
    assert "".join(parts) == opened
    for before, after in itertools.pairwise(parts):
        is_long_word = len(before) == size and not set(before[1:]) & {" ", "\n"}
        assert before.endswith("\n") or after.startswith(" ") or is_long_word


def test_cutting_a_line_of_millions_of_characters_is_quick():
    assert len(list(cut_text(" word" * 1_000_000))) < 100
    assert len(list(cut_text("x" * 5_000_000))) < 100


@given(st.lists(st.text(alphabet="ab ")), st.integers(1, 9))
def test_blocks_are_the_lines(lines, size):
    assert "".join(blocks_of_lines(lines, size=size)) == "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("text", ["中", "ひ", "カ", "ท", "。", "「", "，", "𠀀"])
def test_scripts_without_spaces(text):
    assert starts_without_space(text)


@pytest.mark.parametrize("text", ["", "a", "é", "Ω", "ع", "한", "हि", "😀", ",", "1"])
def test_scripts_with_spaces(text):
    assert not starts_without_space(text)


@given(st.lists(st.text(alphabet="ab \t中é\r\n\x00")), st.integers(1, 9))
def test_opened_blocks_are_the_normalised_text_opened_with_its_words_counted(lines, size):
    found = list(opened_blocks(lines, size=size))
    text = normalise_text("".join(f"{line}\n" for line in lines))
    assert "".join(block for block, _ in found) == open_lines(text)
    assert sum(words for _, words in found) == len(split_words(text)) + text.count("\n")
