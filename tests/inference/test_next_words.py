import pytest

from lmkit.inference.context import read_context
from lmkit.inference.next_words import best_guesses, next_words
from lmkit.results import Guess


def context(world, text):
    ids = world.tokenizer.encode(text)
    return read_context(world.model, ids, line_end_id=world.vocabulary.line_end_id)


def test_whole_words_are_the_most_probable_tokens(world):
    found = next_words(world.model, world.vocabulary, context(world, "the cat"), k=5)
    shown = {}
    probabilities = context(world, "the cat").log_probs.exp().tolist()
    for number, probability in enumerate(probabilities):
        if world.vocabulary.shown[number]:
            word = world.vocabulary.words[number]
            shown[word] = shown.get(word, 0.0) + probability
    best = sorted(shown.items(), key=lambda item: -item[1])[:5]
    assert [guess.word for guess in found] == [word for word, _ in best]
    assert [guess.probability for guess in found] == pytest.approx([p for _, p in best], rel=1e-4)


def test_words_come_best_first_in_every_unit(any_world):
    found = next_words(any_world.model, any_world.vocabulary, context(any_world, "the"), k=4)
    probabilities = [guess.probability for guess in found]
    assert len(found) == 4
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 < probability <= 1 for probability in probabilities)


def test_unknown_words_and_line_ends_are_never_shown(world):
    found = next_words(world.model, world.vocabulary, context(world, ""), k=1000)
    assert not {"<unk>", "\n", ""} & {guess.word for guess in found}


def test_words_that_read_the_same_are_one():
    guesses = [Guess("a", 0.25), Guess("b", 0.3), Guess("a", 0.25), Guess("c", 0.3)]
    assert best_guesses(guesses, 2) == (Guess("a", 0.5), Guess("b", 0.3))
