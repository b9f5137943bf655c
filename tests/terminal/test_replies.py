import io

from rich.console import Console

from lmkit.results import Filled, Filling, Guess, NextWords
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
