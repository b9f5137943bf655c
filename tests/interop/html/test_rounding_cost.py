"""The cost of rounding."""

import pytest

from lmkit.archive.folder import load_archive
from lmkit.core.errors import DataError
from lmkit.interop.html.pack import page_archive
from lmkit.interop.html.rounding_cost import OWN, measure_rounding
from lmkit.language_model import LanguageModel

TEXT = ["the cat sat on the mat .", "a dog ran to the house ."]


@pytest.fixture(scope="module")
def archive(model_folder):
    return load_archive(model_folder)


@pytest.fixture(scope="module")
def page(archive):
    return page_archive(archive, ngrams=50)


def test_the_perplexities_are_those_that_evaluate_gives(archive, page):
    cost = measure_rounding(archive, page, TEXT, name="test.txt")
    before = LanguageModel(archive).evaluate_text(TEXT)
    after = LanguageModel(page).evaluate_text(TEXT)
    assert (cost.whole, cost.adapted) == (before.alone, before.perplexity)
    assert (cost.rounded, cost.page) == (after.alone, after.perplexity)
    assert cost.rounded == pytest.approx(cost.whole, rel=0.02)


def test_without_a_text_the_model_writes_one(archive, page):
    cost = measure_rounding(archive, page)
    assert cost.text == OWN
    assert cost.rounded == pytest.approx(cost.whole, rel=0.02)


def test_a_page_without_adapters_costs_the_same_in_both_ways(archive):
    bare = page_archive(archive, ngrams=0)
    cost = measure_rounding(archive, bare, TEXT)
    assert cost.adapted != cost.page  # the cache is still there


def test_the_card_has_a_table_of_what_was_measured(archive, page):
    cost = measure_rounding(archive, page, TEXT, name="test.txt")
    card = cost.as_markdown()
    assert "on test.txt" in card
    assert f"| the network alone | {cost.whole:.2f} | {cost.rounded:.2f} |" in card
    assert f"| with the fitted adapters | {cost.adapted:.2f} | {cost.page:.2f} |" in card


def test_a_text_without_lines_is_refused(archive, page):
    with pytest.raises(DataError):
        measure_rounding(archive, page, [])
