"""Blanks of the demonstration, as lines of text."""

from rich.console import Console

from lmkit.evaluation.own_blanks import OwnBlank
from lmkit.results import Filled, Filling
from lmkit.terminal.demo import before_and_after, filled_blanks


def answered(text, *words):
    fillings = tuple(Filled((word,), text.replace("___", word), 0.5) for word in words)
    return Filling(text=text, fillings=fillings, candidates=9, exact=False)


def drawn(picture, width=80):
    console = Console(width=width, color_system="truecolor", force_terminal=True)
    with console.capture() as captured:
        console.print(picture)
    return captured.get()


def plain(picture, width=80):
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(picture)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_line_a_blank_with_the_best_words():
    lines = plain(filled_blanks([answered("a ___ b", "cat", "dog"), answered("the ___.", "x")]))
    assert lines[0].startswith("a ___ b")
    assert lines[0].endswith("cat 50% · dog 50%")
    assert lines[1].startswith("the ___.")


def test_no_line_is_wider_than_the_terminal():
    text = "word " * 30 + "___ ."
    for width in (40, 80):
        lines = plain(filled_blanks([answered(text, *["long" * 5] * 3)]), width)
        assert max(map(len, lines)) <= width


def test_the_words_of_both_models_stand_below_each_other():
    blank = OwnBlank("we saw the ___ .", "crew")
    before, after = answered(blank.text, "man"), answered(blank.text, "Crew", "man")
    lines = plain(before_and_after([blank], [before], [after]))
    assert lines[0] == "we saw the ___ .  (crew)"
    assert lines[1].split() == ["before", "man", "50%"]
    assert lines[2].split()[:2] == ["after", "Crew"]


def test_the_right_word_stands_out_and_no_other():
    blank = OwnBlank("we saw the ___ .", "crew")
    before, after = answered(blank.text, "man"), answered(blank.text, "crew", "man")
    shown = drawn(before_and_after([blank], [before], [after])).splitlines()
    assert "\x1b[1;32mcrew" in shown[2]
    assert "1;32m" not in shown[1]


def test_a_blank_without_an_answer_leaves_its_line_empty():
    lines = plain(filled_blanks([answered("a ___ b")]))
    assert lines == ["a ___ b"]
