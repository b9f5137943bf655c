"""A vocabulary that takes in the words of another text."""

import pytest

from lmkit.text import extension
from lmkit.text.extension import extended
from lmkit.text.normalise import open_lines
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

OLD = ["the cat sat on the mat .", "the dog sat ."]
NEW = "the zebra sat .\nthe zebra met a gnu"


def learned(unit="word", **settings):
    return Tokenizer.train(OLD, TokenizerConfig(unit=unit, min_frequency=1, **settings))


def of_new(tokenizer, text=NEW):
    return extended(tokenizer, [open_lines(tokenizer.normalise(text)) + "\n"])


def words(tokenizer):
    return list(tokenizer.tokens.texts)


def test_every_old_word_keeps_its_id():
    old = learned()
    new = of_new(old)
    assert words(new)[: old.vocab_size] == words(old)
    assert (new.unknown_id, new.line_end_id) == (old.unknown_id, old.line_end_id)


def test_new_words_follow_the_most_frequent_first():
    old = learned()
    assert words(of_new(old))[old.vocab_size :] == [" zebra", " a", " gnu", " met"]


def test_the_new_text_comes_back_whole():
    new = of_new(learned())
    assert new.unknown_id not in new.encode(NEW)
    assert new.decode(new.encode(NEW)) == NEW


def test_old_text_is_cut_as_before():
    old = learned()
    assert of_new(old).encode(OLD[0]) == old.encode(OLD[0])


def test_an_extended_tokenizer_is_stored_and_read_again():
    new = of_new(learned())
    again = Tokenizer.from_json(new.to_json())
    assert again.to_json() == new.to_json()
    assert again.encode(NEW) == new.encode(NEW)


def test_settings_stay_but_for_the_size():
    old = learned(lowercase=True, vocab_size=10)
    new = of_new(old, "A GNU met a Yak and ten more animals")
    assert " gnu" in words(new)
    assert new.config.lowercase
    assert new.config.vocab_size == new.vocab_size > 10


def test_nothing_new_leaves_the_tokenizer():
    old = learned()
    assert of_new(old, OLD[1]) is old


def test_the_unknown_word_and_white_space_are_no_new_words():
    old = learned()
    assert of_new(old, "the <unk> cat \n\n sat") is old


@pytest.mark.parametrize("unit", ["bpe", "unigram", "char"])
def test_units_without_whole_words_stay_as_they_are(unit):
    old = learned(unit)
    assert of_new(old) is old


def test_a_long_text_adds_only_words_read_twice(monkeypatch):
    monkeypatch.setattr(extension, "ONCE_UP_TO", 5)
    assert words(of_new(learned()))[-1] == " zebra"


def test_so_many_words_are_added_at_most(monkeypatch):
    monkeypatch.setattr(extension, "MOST_NEW", 2)
    assert words(of_new(learned()))[-2:] == [" zebra", " a"]
