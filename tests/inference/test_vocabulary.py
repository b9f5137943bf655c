"""Tokens arranged for finding words."""

import numpy as np
import pytest

from lmkit.inference.vocabulary import (
    Place,
    Vocabulary,
    ends_in_a_letter,
    is_punctuation,
    place_after,
)
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the cat's hat, the ____ (old) cat ____", "a the-hat ___ ; 早上 __ the cat"]


@pytest.fixture(scope="module", params=["spaces", "punctuation"])
def vocabulary(request):
    config = TokenizerConfig(split=request.param, min_frequency=1)
    return Vocabulary(Tokenizer.train(LINES, config))


@pytest.mark.parametrize("word", [",", "...", "(", "“", "``", "''", "---", "_", "¿", "’", "^"])
def test_marks_alone_are_punctuation(word):
    assert is_punctuation(word)


@pytest.mark.parametrize("word", ["a", "1", "a.", "'s", "早", "😂", "€", "+", ""])
def test_letters_digits_and_symbols_are_not_punctuation(word):
    assert not is_punctuation(word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the cat", True),
        ("the cat ", True),
        ("3", True),
        ("cat,", False),
        ("", False),
        ("早", False),
    ],
)
def test_a_text_ends_in_a_letter_or_not(text, expected):
    assert ends_in_a_letter(text) is expected


def test_a_run_of_underscores_is_never_shown(vocabulary):
    shown = [
        word for word, is_shown in zip(vocabulary.words, vocabulary.shown, strict=True) if is_shown
    ]
    assert not [word for word in shown if "___" in word]
    assert "cat" in shown


def test_every_mask_is_that_of_its_tokens_one_by_one(vocabulary):
    for number, text in enumerate(vocabulary.texts):
        word = text.removeprefix(" ")
        assert vocabulary.words[number] == word
        assert vocabulary.spaced[number] == text.startswith(" ")
        assert vocabulary.punctuation[number] == is_punctuation(word)
        is_letter = word[:1].isalnum() and word[:1] not in "早上"
        assert vocabulary.joins_letters[number] == (is_letter and not text.startswith(" "))


def test_places_allow_tokens_by_their_space(vocabulary):
    usable = ~vocabulary.hidden
    assert np.array_equal(vocabulary.starting(Place.SPACED), usable & vocabulary.spaced)
    assert np.array_equal(vocabulary.starting(Place.GLUED), usable & ~vocabulary.spaced)
    assert np.array_equal(vocabulary.starting(Place.ANYWHERE), usable & ~vocabulary.continues)
    line_start = vocabulary.starting(Place.LINE_START)
    assert (line_start >= vocabulary.starting(Place.SPACED)).all()


@pytest.mark.parametrize("start", ["", " ", " t", " the", "th", " zebra", ","])
def test_tokens_are_found_by_their_beginning(vocabulary, start):
    expected = {n for n, text in enumerate(vocabulary.texts) if text.startswith(start)}
    assert set(vocabulary.beginning_with(start).tolist()) == expected


@pytest.mark.parametrize("text", ["", " the-hats", " cat's", "there"])
def test_tokens_that_begin_a_text_are_found(vocabulary, text):
    expected = {
        n for n, own in enumerate(vocabulary.texts) if own and own != text and text.startswith(own)
    }
    assert set(vocabulary.begun_by(text).tolist()) == expected


def test_words_of_the_same_text_have_one_number(vocabulary):
    if vocabulary.word_numbers is None:
        assert len(set(vocabulary.words)) == len(vocabulary)
        return
    numbers, words = vocabulary.word_numbers
    assert [words[number] for number in numbers] == vocabulary.words


def test_a_word_is_known_if_it_has_no_unknown_token(vocabulary):
    assert vocabulary.known("the")
    assert vocabulary.known("<unk>")
    assert not vocabulary.known("zebra")


def test_the_letters_are_those_of_the_words_most_used_first(vocabulary):
    assert set("thecasod") <= set(vocabulary.letters)
    assert vocabulary.letters.isalpha()


def test_the_place_after_a_text():
    assert place_after("") is Place.LINE_START
    assert place_after("the ") is Place.SPACED
    assert place_after("the") is Place.GLUED
    assert place_after("the\n") is Place.LINE_START
