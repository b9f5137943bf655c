"""Explanations of fillings as tables and lines."""

import pytest

from lmkit.results import Filled, FillExplanation, Filling, WordBits
from lmkit.terminal.explanation import Explained, explained, explained_on_a_line
from lmkit.terminal.output import show


def answer(*, backward=None, count=2):
    fillings = tuple(Filled((word,), f"the {word} sat", 0.5) for word in ("cat", "dog")[:count])
    why = tuple(
        FillExplanation(
            filled.text, (WordBits(filled.words[0], 2.5),), (WordBits("sat", 1.25),), 6.0, backward
        )
        for filled in fillings
    )
    return Explained(Filling("the ___ sat", fillings, count, exact=True), why)


def test_the_fields_are_those_of_the_filling_and_why():
    found = answer().to_dict()
    assert sorted(found) == ["candidates", "exact", "fillings", "text", "why"]
    assert found["why"][0]["blanks"] == ({"word": "cat", "bits": 2.5},)


@pytest.mark.parametrize("backward", [None, 7.5])
def test_a_table_shows_the_bits_of_every_word(capsys, backward):
    show(explained(answer(backward=backward)))
    out = capsys.readouterr().out
    assert "cat 2.5" in out
    assert "sat 1.2" in out
    assert ("backward" in out) == (backward is not None)
    assert ("7.5" in out) == (backward is not None)


def test_a_line_shows_the_best_text_alone():
    assert explained_on_a_line(answer()) == "the cat sat\tcat 2.5  sat 1.2"


def test_a_text_that_nothing_fits_stays_as_it_is():
    assert explained_on_a_line(answer(count=0)) == "the ___ sat"
