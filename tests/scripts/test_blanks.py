"""Everyday blanks: what counts as acceptable, and the table of the answers."""

from collections.abc import Callable
from types import ModuleType

import pytest

from lmkit.results import Filled, Filling


@pytest.fixture
def blanks(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("blanks")


class Told:
    """A model that fills every blank with the same words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def fill(self, text: str, *, k: int) -> Filling:
        found = tuple(Filled((word,), text.replace("___", word), 0.3) for word in self.words[:k])
        return Filling(text=text, fillings=found, candidates=9, exact=False)


def test_fifty_sentences_have_one_blank_and_several_words_each(blanks: ModuleType) -> None:
    found = blanks.read_blanks()
    assert len(found) == len({blank.text for blank in found}) == 50
    assert all(blank.text.count("___") == 1 for blank in found)
    assert all(blank.acceptable for blank in found)


def test_the_first_and_the_first_three_are_counted(blanks: ModuleType) -> None:
    sentences = [
        blanks.Blank("I ___ it", frozenset({"know", "see"})),
        blanks.Blank("a ___ b", frozenset({"much"})),
        blanks.Blank("x ___", frozenset({"none"})),
    ]
    counted = blanks.count("told", Told("Know", "has", "much", "none"), sentences)
    assert (counted.blanks, counted.first, counted.among_three) == (3, 1, 2)


def test_a_model_without_an_answer_has_none_acceptable(blanks: ModuleType) -> None:
    counted = blanks.count("told", Told(), [blanks.Blank("x ___", frozenset({"none"}))])
    assert (counted.first, counted.among_three) == (0, 0)


def test_the_table_has_a_row_a_sentence_and_a_column_a_model(blanks: ModuleType) -> None:
    sentences = [blanks.Blank("I ___ it", frozenset({"know"}))]
    counted = [blanks.count(name, Told(name, "know"), sentences) for name in ("one", "know")]
    assert blanks.markdown(counted).splitlines() == [
        "|  | one: 0 first, 1 among three | know: 1 first, 1 among three |",
        "| --- | --- | --- |",
        "| I ___ it | one, **know** | **know**, **know** |",
    ]
