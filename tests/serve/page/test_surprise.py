"""View "Surprise": heat, details of a word, two models."""

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
TEXT = "the cat sat on the zebra"


def test_each_word_has_heat_and_bits(opened):
    page = opened.go("surprise", TEXT)
    expect(page.locator(".heat-word")).to_have_count(6)
    numbers = [float(one.split()[0]) for one in page.locator(".heat-number").all_inner_texts()]
    assert numbers[-1] == max(numbers)
    colours = page.evaluate(
        """[...document.querySelectorAll('.heat-cell')]
            .map(one => getComputedStyle(one).backgroundColor)"""
    )
    assert colours[-1] != colours[0]
    expect(page.locator(".heat-cell.is-unknown")).to_have_count(1)


def test_pointing_at_a_word_shows_what_was_expected(opened):
    page = opened.go("surprise", TEXT)
    page.locator(".heat-word").nth(2).hover()
    details = page.locator(".details")
    expect(details).to_contain_text("sat")
    expect(details.locator("dt")).to_have_text(["Surprisal", "Rank", "Entropy"])
    expect(details.locator(".bars li")).to_have_count(5)


def test_arrow_keys_go_from_word_to_word(opened):
    page = opened.go("surprise", TEXT)
    page.locator(".heat-word").last.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".details h3")).to_have_text("the")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator(".heat-word").first).to_be_focused()
    assert "word=0" in page.url


def test_two_models_stand_above_each_other(opened):
    page = opened.go("surprise", TEXT)
    page.get_by_label("Compare with").select_option("other")
    expect(page.locator(".heat-cell")).to_have_count(12)
    expect(page.locator(".heat-word")).to_have_count(6)
    expect(page.locator(".totals p")).to_have_text([re.compile("^toy: "), re.compile("^other: ")])
    expect(page.locator(".detail")).to_have_count(2)
    assert "compare=other" in page.url


def test_heat_follows_the_text(opened):
    page = opened.go("surprise", "the cat ")
    page.locator("#text").press_sequentially("sat ")
    expect(page.locator(".heat-word")).to_have_count(3)
    page.locator("#text").fill("")
    expect(page.locator(".heat-word")).to_have_count(0)
    expect(page.locator("#panel .empty")).to_be_visible()


def test_the_last_of_many_quick_keys_is_what_is_shown(opened):
    page = opened.go("surprise", "the cat")
    page.locator("#text").press_sequentially(" sat on the mat .", delay=5)
    expect(page.locator(".heat-word")).to_have_count(7)
    expect(page.locator(".details h3")).to_have_text(".")
    expect(page.locator(".details .bars li")).to_have_count(5)
    page.locator("#text").press_sequentially(" the")
    page.locator("#text").fill("")
    page.wait_for_timeout(400)  # longer than any answer of the toy
    expect(page.locator(".heat-word")).to_have_count(0)
