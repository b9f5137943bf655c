import pytest
import torch

from lmkit.inference.context import read_context
from lmkit.inference.next_words import next_words
from lmkit.inference.typing_session import TypingSession


@pytest.fixture
def typing(any_world):
    return TypingSession(any_world.model, any_world.vocabulary)


def read(world, text):
    ids = world.tokenizer.encode(text)
    return read_context(world.model, ids, line_end_id=world.vocabulary.line_end_id)


def test_a_line_begins_with_nothing_before_it(any_world, typing):
    start = typing.start()
    assert start.is_line_start
    torch.testing.assert_close(start.context.log_probs, read(any_world, "").log_probs)


def test_finished_words_are_read_one_after_another(any_world, typing):
    typed = typing.start()
    for word in ("the", "cat"):
        typed = typing.finish_word(typed, any_world.tokenizer.encode(word))
    assert not typed.is_line_start
    torch.testing.assert_close(typed.context.log_probs, read(any_world, "the cat").log_probs)


def test_what_was_typed_is_a_value(any_world, typing):
    start = typing.start()
    before = start.context.log_probs.clone()
    typing.finish_word(start, any_world.tokenizer.encode("the"))
    assert torch.equal(start.context.log_probs, before)


def test_the_next_line_goes_on_from_the_last(any_world, typing):
    typed = typing.finish_word(typing.start(), any_world.tokenizer.encode("the"))
    ended = typing.finish_line(typed)
    assert ended.is_line_start
    torch.testing.assert_close(ended.context.log_probs, read(any_world, "the\n").log_probs)


def test_without_letters_the_next_words_are_shown(any_world, typing):
    typed = typing.finish_word(typing.start(), any_world.tokenizer.encode("the"))
    expected = next_words(any_world.model, any_world.vocabulary, typed.context, k=3)
    assert typing.suggest(typed, "", k=3) == expected


def test_words_that_begin_with_the_letters_are_shown(any_world, typing):
    typed = typing.finish_word(typing.start(), any_world.tokenizer.encode("the"))
    shown = typing.suggest(typed, "do", k=3)
    assert shown
    assert all(guess.word.startswith("do") for guess in shown)


def test_letters_after_a_bracket_are_a_word_too(world):
    typing = TypingSession(world.model, world.vocabulary)
    typed = typing.finish_word(typing.start(), world.tokenizer.encode("the"))
    assert typing.suggest(typed, "(", k=3) == ()
    assert all(guess.word.startswith("c") for guess in typing.suggest(typed, ",c", k=3))
