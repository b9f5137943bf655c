"""The spelling of words as features."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text.affixes import other_cases, spelling_features


def shared(one, other):
    return spelling_features(one).keys() & spelling_features(other).keys()


def test_words_with_one_ending_share_it():
    assert ("suffix", "ingly", False) in shared(" touchingly", " strikingly")


def test_words_with_one_beginning_share_it():
    assert ("prefix", "electr") in shared(" electrify", " electronic")


def test_a_capital_tells_endings_apart():
    assert ("suffix", "son", False) in spelling_features(" reason")
    assert ("suffix", "son", False) not in spelling_features(" Johnson")


def test_longer_parts_say_more():
    features = spelling_features(" strikingly")
    assert features["suffix", "ingly", False] > features["suffix", "y", False]
    assert features["prefix", "striki"] > features["prefix", "str"]


def test_an_ending_leaves_a_root():
    endings = [key[1] for key in spelling_features(" sing") if key[0] == "suffix"]
    assert endings == ["g", "ng"]


@pytest.mark.parametrize("word", [" 12th", " ABC", " Ann", " a-b", "tail", " tail", " ..."])
def test_shapes_tell_kinds_of_words_apart(word):
    others = {" 12th", " ABC", " Ann", " a-b", "tail", " tail", " ..."} - {word}
    assert not any("shape" in [key[0] for key in shared(word, other)] for other in others)


@given(st.text())
def test_every_text_has_features_of_positive_weight(text):
    features = spelling_features(text)
    assert features
    assert min(features.values()) > 0


def test_the_lower_case_form_comes_first():
    assert other_cases(" Thin")[0] == " thin"
    assert other_cases(" NASA")[:2] == (" nasa", " Nasa")


def test_the_form_with_or_without_a_space_is_another():
    assert " cardboard" in other_cases("cardboard")
    assert "-" in other_cases(" -")


@given(st.text())
def test_a_word_is_no_other_form_of_itself(text):
    forms = other_cases(text)
    assert text not in forms
    assert len(set(forms)) == len(forms)
