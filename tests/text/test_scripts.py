"""Patterns of scripts, and those that cut a line into tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, pre_tokenizers

from lmkit.text.scripts import CHARACTERS, PLAIN, PUNCTUATION, SPACES, SUBWORDS, UNSPACED

LINE = " it's 3,000 km--well-known, no? 早上 😀"


def cut(pattern, text=LINE):
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return [token for token, _ in split.pre_tokenize_str(text)]


@pytest.mark.parametrize("pattern", [SPACES, PUNCTUATION, SUBWORDS, CHARACTERS])
def test_no_pattern_loses_or_adds_a_character(pattern):
    assert "".join(cut(pattern)) == LINE


@pytest.mark.parametrize("pattern", [SPACES, PUNCTUATION, SUBWORDS, CHARACTERS])
def test_a_text_may_be_cut_before_any_space(pattern):
    whole = cut(pattern)
    for place, character in enumerate(LINE):
        if character == " " and place:
            assert cut(pattern, LINE[:place]) + cut(pattern, LINE[place:]) == whole


def test_spaces_part_words_and_punctuation_is_cut_off():
    assert cut(SPACES)[:3] == [" it's", " 3,000", " km--well-known,"]
    assert cut(PUNCTUATION)[:7] == [" it's", " 3,000", " km", "--", "well-known", ",", " no"]


@pytest.mark.parametrize("text", ["中", "ひ", "カ", "ท"])
def test_characters_of_scripts_without_spaces_are_tokens_by_themselves(text):
    assert UNSPACED.match(text)
    assert cut(PUNCTUATION, f" {text}{text}") == [f" {text}", text]


@pytest.mark.parametrize("pattern", [SPACES, PUNCTUATION, CHARACTERS])
@given(text=st.text(alphabet="a1_,.'-<unk>\n \"") | st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_cut_by_python_as_by_the_library(pattern, text):
    assert PLAIN[pattern].findall(text) == cut(pattern, text)
