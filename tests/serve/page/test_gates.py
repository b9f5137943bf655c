"""View "Gates": heat maps, orders, pins, and gates forced by a click."""

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
TEXT = "the cat sat on the mat and the dogs bark ."


def readout(page):
    return page.locator(".readout")


def test_every_gate_and_state_has_a_map(opened):
    page = opened.go("gates", TEXT)
    expect(page.locator(".thumb-name")).to_have_text(
        ["input gate", "forget gate", "output gate", "candidate", "cell state", "hidden state"]
    )
    page.locator(".thumb", has_text="cell state").click()
    expect(page.locator(".thumb[aria-checked=true]")).to_contain_text("cell state")
    expect(readout(page)).to_contain_text("cell state")
    assert "part=cell" in page.url


def test_a_click_on_the_map_picks_a_unit_and_a_word(opened):
    page = opened.go("gates", TEXT)
    page.locator(".heat-scroll canvas").click(position={"x": 100, "y": 90})
    assert "unit=" in page.url
    assert "word=" in page.url
    expect(page.locator("lm-unit-over-text h3")).to_contain_text("over the text: forget gate")


def test_arrow_keys_move_in_the_map_and_p_pins(opened):
    page = opened.go("gates", TEXT, unit=3, word=2)
    page.locator(".heat-scroll").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(readout(page)).to_contain_text("Unit 4 at “cat”")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Unpin this unit")).to_be_visible()
    assert "pinned=4" in page.url


def test_a_gate_forced_shut_changes_the_words_beside_the_unforced_ones(opened):
    page = opened.go("gates", TEXT.removesuffix(" ."))
    expect(page.locator("#next .is-pair")).to_have_count(0)
    page.get_by_role("button", name="forget gate shut").click()
    pairs = page.locator("#next .is-pair")
    expect(pairs.first).to_be_visible()
    both = page.eval_on_selector_all(
        "#next .is-pair", "all => all.map(one => [one.dataset.probability, one.dataset.unforced])"
    )
    assert any(forced != unforced for forced, unforced in both)
    assert "force=1.gate.forget%3D0" in page.url
    page.get_by_role("button", name="Free forget gate shut, layer 1").click()
    expect(pairs).to_have_count(0)


def test_keys_force_the_gate_of_the_picked_unit(opened):
    page = opened.go("gates", TEXT, unit=5)
    page.locator(".heat-scroll").focus()
    page.keyboard.press("1")
    expect(page.locator(".force-list")).to_contain_text("forget gate open, layer 1, unit 5")
    page.keyboard.press("m")
    expect(page.locator(".force-list")).to_contain_text("forget gate at its mean, layer 1, unit 5")
    page.keyboard.press("f")
    expect(page.locator(".force-list")).to_have_count(0)


def test_forces_are_undone(opened):
    page = opened.go("gates", TEXT)
    page.get_by_role("button", name="output gate open").click()
    expect(page.locator(".force-list li")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".force-list li")).to_have_count(0)


def test_units_are_filtered_by_their_value_at_the_word(opened):
    page = opened.go("gates", TEXT, word=1)
    shown = page.locator("output[for=least]")
    expect(shown).to_have_text("all 12 units")
    page.get_by_label("Only units high at the word").fill("90")
    expect(shown).to_contain_text("of 12, at “cat”")


def test_words_where_a_unit_is_high_are_listed(opened):
    page = opened.go("gates", TEXT, unit=2)
    chips = page.locator("lm-unit-over-text .chip")
    few = chips.count()
    page.get_by_label("High means above").fill("10")
    expect(chips.nth(few)).to_be_visible()
    chips.first.click()
    assert "word=" in page.url


def test_a_link_restores_text_unit_and_forces(opened):
    page = opened.go("gates", "the dogs", unit=7, force="1.gate.input=mean")
    expect(page.locator("#text")).to_have_value("the dogs")
    expect(readout(page)).to_contain_text("Unit 7")
    expect(page.locator(".force-list")).to_contain_text("input gate at its mean")


def test_only_new_words_are_traced(opened):
    page = opened.go("gates", "the cat sat on ")
    page.evaluate(
        """async () => {
            const { HttpEngine } = await import('/http_engine.js')
            const trace = HttpEngine.prototype.trace
            window.asked = []
            HttpEngine.prototype.trace = function (text, options) {
                window.asked.push(options.from)
                return trace.call(this, text, options)
            }
        }"""
    )
    page.locator("#text").press_sequentially("the mat ")
    expect(readout(page)).to_contain_text("mat")
    assert min(page.evaluate("window.asked")) >= 3
