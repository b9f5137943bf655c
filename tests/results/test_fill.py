"""Filled texts and their explanations."""

from lmkit.results.fill import Filled, FillExplanation, Filling, WordBits

FILLED = Filled(("cat", "mat"), "the cat on the mat", 0.75)


def test_the_fields_are_those_of_the_page(promised: dict[str, set[str]]) -> None:
    answer = Filling("the ___ on the ___", (FILLED,), 40, False)
    assert set(answer.to_dict()) == promised["fill"]
    assert answer.to_dict() == {
        "text": "the ___ on the ___",
        "fillings": ({"words": ("cat", "mat"), "text": "the cat on the mat", "probability": 0.75},),
        "candidates": 40,
        "exact": False,
    }


def test_an_explanation_has_the_bits_of_either_side() -> None:
    answer = FillExplanation("a b c", (WordBits("b", 2.5),), (WordBits("c", 1.0),), 6.0, None)
    assert answer.to_dict() == {
        "text": "a b c",
        "blanks": ({"word": "b", "bits": 2.5},),
        "right": ({"word": "c", "bits": 1.0},),
        "bits": 6.0,
        "backward_bits": None,
    }
