import math

import numpy as np
import pytest
import torch

from lmkit.inference.complete import Begun, complete_word, split_begun
from lmkit.inference.context import read_context
from lmkit.inference.next_words import next_words
from lmkit.inference.vocabulary import Place


def complete(world, text, k=5):
    begun = split_begun(text)
    ids = world.tokenizer.encode(begun.before)
    context = read_context(world.model, ids, line_end_id=world.vocabulary.line_end_id)
    return complete_word(world.model, world.vocabulary, context, begun, k=k), context


@pytest.mark.parametrize(
    ("text", "before", "prefix", "place"),
    [
        ("the ca", "the ", "ca", Place.SPACED),
        ("ca", "", "ca", Place.LINE_START),
        ("the (ca", "the (", "ca", Place.GLUED),
        ("the cat ", "the cat ", "", Place.ANYWHERE),
        ("the cat,", "the cat,", "", Place.ANYWHERE),
        ("it's well-kn", "it's ", "well-kn", Place.SPACED),
        ("one\nca", "one\n", "ca", Place.LINE_START),
        ("'tis", "'", "tis", Place.GLUED),
    ],
)
def test_the_begun_word_is_cut_off(text, before, prefix, place):
    assert split_begun(text) == Begun(before, prefix, place)


def test_every_known_word_with_that_beginning_is_weighed(world):
    guesses, context = complete(world, "the s", k=100)
    row = context.log_probs.double().exp()
    words = {w: n for n, w in enumerate(world.vocabulary.words) if w.startswith("s")}
    total = sum(float(row[number]) for number in words.values())
    assert {guess.word for guess in guesses} == set(words)
    for guess in guesses:
        assert guess.probability == pytest.approx(float(row[words[guess.word]]) / total, rel=1e-5)


def test_finishing_words_begin_as_was_typed(any_world):
    guesses, _ = complete(any_world, "the do")
    assert guesses
    assert all(guess.word.startswith("do") for guess in guesses)
    assert sum(guess.probability for guess in guesses) <= 1 + 1e-6


def test_a_lower_case_word_is_offered_with_the_capitals_typed(world):
    assert "Apple" in [guess.word for guess in complete(world, "Appl")[0]]
    assert "APPLE" in [guess.word for guess in complete(world, "APPL")[0]]


def test_a_name_begun_in_lower_case_is_found(world_of_names):
    guesses, _ = complete(world_of_names, "the cat saw lond")
    assert [(guess.word, guess.probability) for guess in guesses] == [("London", 1.0)]
    assert [guess.word for guess in complete(world_of_names, "the mar")[0]] == ["market"]


def test_a_slip_of_the_finger_is_forgiven_by_a_word_model(world):
    assert "apple" in [guess.word for guess in complete(world, "an aplpe")[0]]
    assert "mat" in [guess.word for guess in complete(world, "the mst")[0]]


def test_what_no_word_begins_with_is_finished_by_none(world):
    assert complete(world, "xyzzyx")[0] == ()


@pytest.mark.parametrize("prefix", ["é", "猫", "🙂", "\x00", "a" * 200, "a" * 100_000])
def test_strange_beginnings_do_no_harm(any_world, prefix):
    guesses, _ = complete(any_world, f"the {prefix}")
    assert all(0 <= guess.probability <= 1 for guess in guesses)


def test_next_words_never_show_the_hidden(any_world):
    context = read_context(any_world.model, [], line_end_id=any_world.vocabulary.line_end_id)
    words = next_words(any_world.model, any_world.vocabulary, context, k=60)
    assert not {"<unk>", "\n", ""} & {guess.word for guess in words}
    assert len({guess.word for guess in words}) == len(words)


def test_a_comma_with_and_without_its_space_is_one_word(world):
    context = read_context(world.model, [], line_end_id=world.vocabulary.line_end_id)
    row = context.log_probs.exp()
    numbers = [n for n, word in enumerate(world.vocabulary.words) if word == ","]
    words = {
        g.word: g.probability for g in next_words(world.model, world.vocabulary, context, k=99)
    }
    assert words[","] == pytest.approx(float(row[torch.tensor(numbers)].sum()), rel=1e-5)
    assert math.isfinite(float(np.sum(list(words.values()))))
