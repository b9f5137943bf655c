import io

import pytest
from rich.console import Console

from lmkit.results import Filled, Filling, Generated, Guess, NextWords
from lmkit.session import Reply
from lmkit.terminal.replies import draw


def drawn(reply):
    stream = io.StringIO()
    Console(file=stream, width=80, color_system=None, markup=False).print(draw(reply))
    return [line.split("█")[0].rstrip() for line in stream.getvalue().splitlines()]


def test_the_answers_of_two_models_stand_under_their_names_and_are_numbered_through():
    guesses = (NextWords("a", (Guess("cat", 0.5),)), NextWords("a", (Guess("dog", 0.5),)))
    fillings = (
        Filling("a ___", (Filled(("cat",), "a cat", 0.5),), 2, False),
        Filling("a ___", (Filled(("dog",), "a dog", 0.5),), 2, False),
    )
    for first, second in (guesses, fillings):
        reply = Reply(kind="x", model="one", other="two", result=first, other_result=second)
        name, own, other_name, other = drawn(reply)
        assert (name, other_name) == ("one", "two")
        assert own.startswith("1")
        assert "cat" in own
        assert other.startswith("2")
        assert "dog" in other


def test_a_reply_without_content_is_not_drawn():
    assert draw(Reply(kind="nothing")) is None


def test_what_is_said_and_what_was_picked_are_shown():
    assert drawn(Reply(kind="said", message="5 answers\nor 6")) == ["5 answers", "or 6"]
    assert drawn(Reply(kind="picked", text="the cat")) == ["the cat"]


def test_a_continuation_stands_above_the_next_words():
    reply = Reply(
        kind="continue",
        text="the",
        continuation=Generated("the", "the cat sat", 2, 0.1),
        result=NextWords("the", (Guess("cat", 0.5),)),
    )
    shown = drawn(reply)
    assert shown[0] == "the cat sat"
    assert shown[1].startswith("1")


def test_a_continuation_of_another_text_is_shown_whole():
    reply = Reply(kind="continue", text="the", continuation=Generated("a", "a cat", 1, 0.1))
    assert drawn(reply) == ["a cat"]


def test_control_characters_are_made_visible():
    assert "\x1b" not in "".join(drawn(Reply(kind="error", message="no \x1b[31m")))


def test_a_result_without_a_picture_is_a_fault_of_ours():
    with pytest.raises(TypeError, match="no picture of Generated"):
        draw(Reply(kind="x", result=Generated("a", "a b", 1, 0.1)))
