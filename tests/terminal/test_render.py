import io

from rich.console import Console

from lmkit.results import Filled, Filling, Guess, NextWords, Score, ScoredWord, Trained
from lmkit.terminal import render


def drawn(picture, width=80):
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None, markup=False).print(picture)
    return stream.getvalue()


def test_a_full_bar_fills_its_width():
    assert render.bar(1.0, 10) == "█" * 10
    assert render.bar(0.0, 10) == ""
    assert render.bar(0.55, 10) == "█████▌"
    assert render.bar(7.0, 3) == "███"


def test_a_sparkline_falls_with_its_values():
    assert render.sparkline([3, 2, 1], 10) == "█▅▁"
    assert render.sparkline([1, 1], 10) == "▁▁"
    assert render.sparkline([], 10) == ""
    assert len(render.sparkline(list(range(100)), 20)) == 20


def test_next_words_are_numbered_with_their_probability():
    answer = NextWords("the", (Guess("cat", 0.5), Guess("犬", 0.25)))
    first, second = drawn(render.next_words(answer)).splitlines()
    assert first.split()[:3] == ["1", "cat", "50.0%"]
    assert second.split()[:3] == ["2", "犬", "25.0%"]


def test_no_guess_is_said_in_words():
    assert "no word" in drawn(render.next_words(NextWords("x", ())))
    assert "no word" in drawn(render.filling(Filling("x", (), 0, exact=False)))


def test_control_characters_of_a_word_are_written_out():
    answer = NextWords("the", (Guess("\x1b[2J", 0.5),))
    assert "\\x1b[2J" in drawn(render.next_words(answer))


def test_square_brackets_are_text():
    answer = Filling("[bold] ___", (Filled(("[red]",), "[bold] [red]", 1e-9),), 5, exact=True)
    assert "[bold] [red]" in drawn(render.filling(answer))


def test_filled_words_stand_out_from_left_to_right():
    text = render._with_words("a big cat and cat", ("cat", "cat"), blanked="a big ___ and ___")
    assert [(span.start, span.end) for span in text.spans] == [(6, 9), (14, 17)]


def test_surprisal_fits_in_eighty_columns():
    words = tuple(ScoredWord("w" * size, size, size, 1.0, size == 40) for size in (1, 20, 40))
    lines = drawn(render.surprisal(Score("x", words, 61.0, 2.5))).splitlines()
    assert max(map(len, lines)) <= 80
    assert "unknown" in lines[-2]
    assert lines[-1].strip() == "61.0 bits, perplexity 2.5 per word"


def test_a_word_without_surprise_draws_no_bar():
    score = Score("x", (ScoredWord("x", 0.0, 1, 0.0, unknown=False),), 0.0, 1.0)
    assert "█" not in drawn(render.surprisal(score))


def test_nested_facts_are_indented():
    facts = {"unit": "word", "training": {"words": 123456, "best": 1.25, "tied": True}}
    assert render.flat(facts) == [
        ("unit", "word"),
        ("training", ""),
        ("  words", "123,456"),
        ("  best", "1.25"),
        ("  tied", "yes"),
    ]


def test_what_training_came_to_is_on_the_card():
    answer = Trained("my-model", 5, 100, 10, 65.0, 1.5, 132.128, "budget")
    text = drawn(render.trained(answer))
    assert "132.13 per word" in text
    assert "1:05" in text


def test_what_was_read_is_told_and_not_what_could_have_been():
    begun = drawn(render.trained(Trained("m", 5, 1000, 1, 10.0, 25.0, 9.0, "budget")))
    assert "250 of 1,000 words in 1 step," in begun
    often = drawn(render.trained(Trained("m", 5, 1000, 40, 10.0, 250.0, 9.0, "budget")))
    assert "1,000 words, 2.5 times, in 40 steps" in often


def test_durations_read_as_people_write_them():
    assert [render.duration(seconds) for seconds in (-1, 5.4, 65, 3723)] == [
        "0 s",
        "5 s",
        "1:05",
        "1:02:03",
    ]


def test_a_perplexity_beyond_reading_is_short():
    assert render.perplexity(1234.567, 2) == "1,234.57"
    assert render.perplexity(1.5e304, 2) == "1.5e+304"
