"""Next words are the best of the whole distribution, without those nobody could write there."""

import math

import pytest

from lmkit.inference.context import read_context
from lmkit.inference.next_words import best_guesses, next_words
from lmkit.results import Guess

LINES = [
    'the cat sat. "Behold the cat", said a dog',
    "(the dog) sat; a cat ____ the ____ dog",
    "Behold, the dog sat",
]


@pytest.fixture(scope="module")
def quoted(make_world):
    return make_world("word", split="punctuation", lines=LINES)


def words_after(world, text, **options):
    ids = world.tokenizer.encode(text)
    context = read_context(world.model, ids, line_end_id=world.vocabulary.line_end_id)
    return next_words(world.model, world.vocabulary, context, k=100, **options), context


def test_every_shown_word_has_the_sum_of_its_tokens(quoted):
    guesses, context = words_after(quoted, "the")
    row = context.log_probs.exp().tolist()
    expected = {}
    for number, word in enumerate(quoted.vocabulary.words):
        if quoted.vocabulary.shown[number]:
            expected[word] = expected.get(word, 0.0) + row[number]
    found = {guess.word: guess.probability for guess in guesses}
    assert found == pytest.approx(expected, rel=1e-4)


def test_after_a_letter_no_token_without_its_space_counts(quoted):
    guesses, context = words_after(quoted, "the", follows_letter=True)
    row = context.log_probs.exp().tolist()
    texts = quoted.vocabulary.texts
    behold = texts.index(" Behold")
    assert "Behold" in texts
    found = {guess.word: guess.probability for guess in guesses}
    assert found["Behold"] == pytest.approx(row[behold], rel=1e-4)
    assert found[","] == pytest.approx(row[texts.index(",")], rel=1e-4)


def test_a_run_of_underscores_is_never_offered(quoted, make_world):
    for unit in ("word", "bpe", "char"):
        world = make_world(unit, split="punctuation", lines=LINES * 3)
        guesses, _ = words_after(world, "a cat")
        assert guesses
        assert not [guess.word for guess in guesses if "___" in guess.word]


def test_guesses_come_best_first_and_equal_words_are_added_up():
    guesses = [Guess("b", 0.2), Guess("a", 0.2), Guess("b", 0.3), Guess("c", 0.1)]
    assert best_guesses(guesses, 2) == (Guess("b", 0.5), Guess("a", 0.2))
    assert best_guesses([Guess("b", 0.1), Guess("a", 0.1)], 5)[0].word == "a"
    assert best_guesses([], 3) == ()


def test_probabilities_are_never_above_one(any_world):
    guesses, _ = words_after(any_world, "the old")
    assert math.fsum(guess.probability for guess in guesses) <= 1 + 1e-5
