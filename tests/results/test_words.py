"""Words and their probabilities."""

from dataclasses import replace

from lmkit.results.words import Guess, NextWords

ANSWER = NextWords("the", (Guess("cat", 0.5), Guess("dog", 0.25)))


def test_the_fields_are_those_of_the_page(promised: dict[str, set[str]]) -> None:
    assert set(ANSWER.to_dict()) == promised["next"] == promised["complete"]


def test_the_object_keeps_the_words_best_first() -> None:
    assert ANSWER.to_dict() == {
        "text": "the",
        "words": (
            {"word": "cat", "probability": 0.5},
            {"word": "dog", "probability": 0.25},
        ),
    }


def test_equal_answers_are_equal_and_can_be_kept_in_a_set() -> None:
    assert len({ANSWER, replace(ANSWER), replace(ANSWER, text="a")}) == 2
