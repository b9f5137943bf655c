import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.errors import UsageError
from lmkit.text.blanks import Blank, parse_blanks


def test_the_text_around_a_blank():
    template = parse_blanks("the ___ sat, and ____.")
    assert template.segments == ("the ", " sat, and ", ".")
    assert template.blanks == (Blank(), Blank())
    assert template.fill(["cat", "slept"]) == "the cat sat, and slept."


def test_what_touches_a_blank_on_the_left_begins_the_word():
    template = parse_blanks("an app___, (well-kn___) or 'no___")
    assert [blank.prefix for blank in template.blanks] == ["app", "well-kn", "no"]
    assert template.fill(["apple", "well-known", "not"]) == "an apple, (well-known) or 'not"


def test_a_blank_between_characters_of_a_script_without_spaces_stands_alone():
    template = parse_blanks("我喜欢___。他app___")
    assert template.segments == ("我喜欢", "。他", "")
    assert [blank.prefix for blank in template.blanks] == ["", "app"]


def test_a_plus_asks_for_several_words():
    (blank,) = parse_blanks("he ____+ home").blanks
    assert (blank.min_words, blank.max_words) == (1, 3)


@pytest.mark.parametrize("text", ["", "no blank", "two __ are too few", "_ _ _"])
def test_a_text_without_a_blank_is_refused(text):
    with pytest.raises(UsageError, match="no blank"):
        parse_blanks(text)


@given(st.text(alphabet="ab'- _+中"))
def test_filling_with_what_was_cut_out_gives_the_text_back(text):
    text += "___"
    template = parse_blanks(text)
    assert len(template.segments) == len(template.blanks) + 1
    filled = template.fill([f"{blank.prefix}@" for blank in template.blanks])
    import re

    assert filled == re.sub(r"_{3,}\+?", "@", text)


def test_a_long_text_is_parsed_quickly():
    assert parse_blanks("a" * 2_000_000 + " ___").segments[-1] == ""
    assert parse_blanks("a " * 1_000_000 + "___").blanks == (Blank(),)


def test_a_text_may_have_only_so_many_blanks():
    assert len(parse_blanks("___ " * 100).blanks) == 100
    with pytest.raises(UsageError, match="10000"):
        parse_blanks("___ " * 10_000)


def test_an_error_does_not_repeat_a_long_text():
    with pytest.raises(UsageError) as raised:
        parse_blanks("word " * 10_000)
    assert len(str(raised.value)) < 200
