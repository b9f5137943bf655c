"""View "Write": next words, ghost text, completions, blanks, sampling and keys saved."""

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect


def words_of(page, host):
    return page.eval_on_selector_all(
        f"{host} [data-word]", "all => all.map(one => one.dataset.word)"
    )


def type_text(page, text):
    page.locator("#text").press_sequentially(text)


def test_next_words_follow_what_is_typed(opened):
    page = opened.go()
    type_text(page, "the cat sat on the ")
    expect(page.locator("#next [data-word=cat]")).to_be_visible()
    probabilities = page.eval_on_selector_all(
        "#next [data-word]", "all => all.map(one => Number(one.dataset.probability))"
    )
    assert len(probabilities) == 10
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0 < sum(probabilities) <= 1


def test_a_click_on_a_bar_writes_its_word(opened):
    page = opened.go(text="she opened")
    page.locator("#next [data-word=the]").click()
    expect(page.locator("#text")).to_have_value("she opened the ")
    expect(page.locator("#next [data-word=cat]")).to_be_visible()


def test_the_right_arrow_takes_one_word_of_the_ghost_and_control_all(opened):
    page = opened.go(text="she opened ")
    ghost = page.locator(".ghost")
    expect(ghost).to_have_text(re.compile(r"^\w+( \w+){3}$"))
    words = ghost.inner_text().split()
    page.locator("#text").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#text")).to_have_value(f"she opened {words[0]}")
    expect(ghost).to_have_text(re.compile(rf"^\s*{words[1]}"))
    page.keyboard.press("Control+ArrowRight")
    assert len(page.locator("#text").input_value().split()) > 4


def test_a_begun_word_is_offered_complete(opened):
    page = opened.go(text="the ho")
    page.locator("#complete [data-word=house]").click()
    expect(page.locator("#text")).to_have_value("the house ")


def test_keys_saved_are_counted(opened):
    page = opened.go()
    type_text(page, "the")
    page.locator("#next [data-word=cat]").click()
    expect(page.locator(".saved")).to_have_text(re.compile(r"^8 characters with 4 keys: 50%"))


def test_a_blank_is_filled_in_place_with_reasons(opened):
    page = opened.go(text="the ___ sat on the mat")
    expect(page.locator("#fill .filling")).to_have_count(3)
    best = words_of(page, "#fill")[0]
    expect(page.locator(".blank")).to_have_attribute("data-filling", best)
    expect(page.locator("#fill li").first.locator("dt")).to_have_text(
        ["words before", "words after", "frequency"]
    )
    page.locator("#fill .filling").first.click()
    expect(page.locator("#text")).to_have_value(f"the {best} sat on the mat")
    expect(page.locator("#fill .filling")).to_have_count(0)


def test_the_next_key_cancels_a_question_for_blanks(opened):
    page = opened.go()
    type_text(page, "the ___ sat")
    expect(page.locator("#fill .filling")).to_have_count(3)
    type_text(page, " on")
    expect(page.locator(".is-waiting")).to_have_count(1)
    expect(page.locator(".is-waiting")).to_have_count(0)
    expect(page.locator("#text")).to_have_value("the ___ sat on")


def test_words_cut_off_by_top_k_are_grey(opened):
    page = opened.go(text="the cat sat on the")
    expect(page.locator("#next .is-cut")).to_have_count(0)
    page.get_by_role("slider", name="Top-k").fill("3")
    expect(page.locator("#next .is-cut")).to_have_count(7)
    expect(page.locator(".chart svg")).to_contain_text("cut off")
    page.get_by_role("slider", name="Top-k").fill("0")
    page.get_by_role("slider", name="Top-p").fill("0.5")
    expect(page.locator("#next [data-word]:not(.is-cut)").first).to_be_visible()
    assert page.locator("#next .is-cut").count() > 0


def test_a_low_temperature_sharpens_the_choice_and_keeps_the_probability_in_view(opened):
    page = opened.go(text="the cat sat on the")
    first = page.locator("#next [data-word]").first
    model = first.get_attribute("data-probability")
    page.get_by_role("slider", name="Temperature").fill("0.5")
    expect(page.locator("#next .bar-model").first).to_be_attached()
    assert first.get_attribute("data-probability") == model
    shown = float(first.locator(".bar-number").inner_text().rstrip("%")) / 100
    assert shown > 1.5 * float(model)


def test_undo_brings_the_text_back_from_the_keyboard(opened):
    page = opened.go(text="she opened")
    page.locator("#next [data-word=the]").click()
    page.locator("#text").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#text")).to_have_value("she opened")
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("#text")).to_have_value("she opened the ")


def test_two_blanks_have_a_word_each_above_them(opened):
    page = opened.go(text="a ___ of tea")
    expect(page.locator(".blank[data-filling]")).to_have_count(1)
