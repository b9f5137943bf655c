"""Typed texts are read in known spellings, unless they are to be learnt as they are."""

import pytest

from lmkit.inference.vocabulary import Vocabulary
from lmkit.session.spelling import Spelling
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary(Tokenizer.train(["the cat sat on the mat"], TokenizerConfig()))


def test_unknown_spellings_are_replaced_by_known_ones(vocabulary):
    assert Spelling(vocabulary, is_learnt=False).read("THE Cat") == "the cat"


def test_a_begun_word_stays_as_it_was_typed(vocabulary):
    assert Spelling(vocabulary, is_learnt=False).read_begun("THE Cat") == "the Cat"


def test_a_text_to_be_learnt_stays_as_it_was_typed(vocabulary):
    spelling = Spelling(vocabulary, is_learnt=True)
    assert spelling.read("THE Cat") == spelling.read_begun("THE Cat") == "THE Cat"


def test_a_notice_names_the_unknown_words_and_their_variants(vocabulary):
    notice = Spelling(vocabulary, is_learnt=False).notice("the Cat saw")
    assert "Cat" in notice
    assert "cat" in notice
    assert "saw" in notice


def test_a_text_to_be_learnt_has_no_variants_in_its_notice(vocabulary):
    notice = Spelling(vocabulary, is_learnt=True).notice("the Cat sat")
    assert "Cat" in notice
    assert "cat" not in notice


def test_known_words_need_no_notice(vocabulary):
    assert Spelling(vocabulary, is_learnt=False).notice("the cat sat") == ""
