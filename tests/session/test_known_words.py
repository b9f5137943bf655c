import pytest

from lmkit.session.known_words import KnownWords

KNOWN = KnownWords([" the", " cat", " catalogue", " London", ",", " ,"])


@pytest.mark.parametrize("text", ["the catal", "a (catal", "the Catal", "in lond", "in Lond"])
def test_a_beginning_that_is_no_word_is_begun(text):
    assert KNOWN.is_begun(text)


@pytest.mark.parametrize("text", ["", "the cat", "The", "in london", "the xyz", "the ", "the cat,"])
def test_a_known_word_and_what_begins_none_are_whole(text):
    assert not KNOWN.is_begun(text)


def test_words_are_joined_as_the_vocabulary_writes_them():
    assert KNOWN.join("the cat", ",") == "the cat,"
    assert KNOWN.join("the", "cat") == "the cat"
    assert KNOWN.join("the ", "cat") == "the cat"
    assert KNOWN.finish("in lond", "London") == "in London"
