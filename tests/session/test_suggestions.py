"""Suggestions are whole texts, spaced as the vocabulary writes them."""

import pytest

from lmkit import LanguageModel
from lmkit.session.known_words import KnownWords
from lmkit.session.suggestions import continued_texts, finished_texts, rest_of_first


@pytest.fixture
def model(model_folder):
    return LanguageModel.load(model_folder)


@pytest.fixture
def known(model):
    return KnownWords(model.tokenizer.tokens.texts)


def test_a_text_is_continued_by_the_next_words_in_their_order(model, known):
    words = [guess.word for guess in model.next("the cat", k=3).words]
    texts = continued_texts(model, known, "the cat", top=3)
    assert texts == [known.join("the cat", word) for word in words]


def test_a_begun_word_is_finished_in_the_best_ways(model, known):
    texts = finished_texts(model, known, "the cat sa", top=5)
    assert set(texts) == {"the cat sat", "the cat saw"}


def test_the_rest_of_a_suggestion_follows_what_was_typed():
    assert rest_of_first(["the cat sat", "the cat saw"], "the cat s") == "at"


@pytest.mark.parametrize("suggested", [[], ["The cat"]])
def test_a_suggestion_that_changes_the_text_has_no_rest(suggested):
    assert rest_of_first(suggested, "the c") == ""
