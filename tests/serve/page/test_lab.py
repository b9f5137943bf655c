"""Views "Cell", "Match" and "Words"."""

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
TEXT = "the cat sat on the mat and the cat slept ."


def test_the_cell_is_shown_step_by_step(calm):
    page = calm.go("cell", TEXT, unit=3, word=5)
    steps = page.get_by_role("group", name="Steps of the computation").get_by_role("button")
    expect(steps).to_have_text(
        ["read", "forget", "input", "candidate", "cell state", "output", "hidden state"]
    )
    page.get_by_role("button", name="Next →").click()
    expect(page.locator(".equation")).to_contain_text("f = σ(b + W x + U h)")
    page.get_by_role("button", name="cell state").click()
    f, c, i, g, whole = [
        float(number)
        for number in re.findall(
            r"-?\d+\.\d+", page.locator(".numbers").inner_text().replace("−", "-")
        )
    ]
    assert f * c + i * g == pytest.approx(whole, abs=0.02)


def test_a_click_on_a_gate_shows_its_sum(calm):
    page = calm.go("cell", TEXT)
    page.locator(".cell-drawing [data-part=output]").last.click()
    expect(page.locator(".equation")).to_contain_text("o = σ(b + W x + U h)")
    expect(page.get_by_role("img", name="Running sum of the output gate")).to_be_visible()


def test_another_word_has_other_numbers(calm):
    page = calm.go("cell", TEXT, unit=1)
    drawing = page.locator(".cell-drawing")
    before = drawing.inner_text()
    page.locator("lm-cell .strip-word").first.click()
    expect(drawing).to_contain_text("x: “the”")
    assert drawing.inner_text() != before
    page.get_by_role("spinbutton", name="Unit").fill("2")
    page.keyboard.press("Tab")
    assert "unit=2" in page.url


def test_play_walks_through_the_steps(opened):
    page = opened.go("cell", TEXT)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("[data-step=forget]")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_places_with_the_same_units_are_found(opened):
    page = opened.go("match", TEXT, word=1)
    expect(page.locator("lm-match .strip-word[aria-pressed=true]")).to_have_text("cat")
    first = page.locator(".places li").first
    expect(first.locator(".is-inside")).to_have_count(1)
    page.locator("lm-match .strip-word").nth(2).click()
    expect(page.locator("lm-match .strip-word[aria-pressed=true]")).to_have_text("sat")
    page.locator("lm-match .strip-word").nth(3).click()
    expect(page.locator("lm-match .strip-word[aria-pressed=true]")).to_have_text(["sat", "on"])
    page.locator("lm-match .strip-word").nth(3).click()
    expect(page.locator("lm-match .strip-word[aria-pressed=true]")).to_have_count(1)


def test_another_text_is_searched(opened):
    page = opened.go("match", TEXT, word=1)
    page.get_by_label("High means above").fill("40")
    page.get_by_label("Search another text").fill("a cup of tea and the cat")
    page.keyboard.press("Tab")
    expect(page.locator("lm-match [role=status]")).to_contain_text("the pasted text")
    page.get_by_role("button", name="Let the model write one").click()
    expect(page.get_by_label("Search another text")).not_to_have_value("a cup of tea and the cat")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("lm-match [role=status]")).to_contain_text("the text above")


def test_a_unit_found_leads_to_its_gates(opened):
    page = opened.go("match", TEXT, word=1)
    page.locator("lm-match .chip").first.click()
    expect(page.locator("#tab-gates")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".readout")).to_contain_text("cell state")


def test_neighbours_of_a_word_are_listed(calm):
    page = calm.go("words", "the cat")
    expect(page.locator("#neighbours-title")).to_have_text("Nearest to “cat”, by cosine")
    page.get_by_label("Word", exact=True).fill("tea")
    page.keyboard.press("Enter")
    expect(page.locator("#neighbours-title")).to_have_text("Nearest to “tea”, by cosine")
    expect(page.locator("ol[aria-labelledby=neighbours-title] li")).to_have_count(10)


def test_a_click_on_the_map_picks_a_word(calm):
    page = calm.go("words", "the cat")
    canvas = page.locator("lm-word-map canvas")
    expect(page.locator("#neighbours-title")).to_contain_text("cat")
    box = canvas.bounding_box()
    for x in range(20, int(box["width"]), 24):
        canvas.click(position={"x": x, "y": box["height"] / 2})
        if "cat" not in page.locator("#neighbours-title").inner_text():
            break
    expect(page.locator("#neighbours-title")).not_to_contain_text("“cat”")


def test_the_map_has_three_dimensions_and_turns_by_keys(calm):
    page = calm.go("words", "the cat")
    page.get_by_role("button", name="3D").click()
    canvas = page.locator("lm-word-map canvas")
    picture = "one => one.toDataURL()"
    before = canvas.evaluate(picture)
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    assert canvas.evaluate(picture) != before
    expect(page.get_by_role("button", name="Turning")).to_have_attribute("aria-pressed", "false")


def test_an_analogy_is_answered(calm):
    page = calm.go("words", "the cat")
    page.get_by_label("Third word").fill("cat")
    page.get_by_role("button", name="Answer the analogy").click()
    expect(page.locator("ol[aria-label=Analogy] li")).to_have_count(5)


def test_a_word_unknown_to_the_model_is_said_in_one_sentence(calm):
    page = calm.go("words", "the cat")
    page.get_by_label("Word", exact=True).fill("zebra")
    page.keyboard.press("Enter")
    expect(page.locator(".status")).to_have_text("the model does not know the word 'zebra'")
