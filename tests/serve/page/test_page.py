"""The page as a whole: links, themes, copies, keyboard, phone, accessibility."""

from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
TEXT = "the cat sat on the mat and the dogs near the old house bark ."
VIEWS = ("write", "surprise", "cell", "gates", "match", "words")
READY = {  # what a view shows once it was answered
    "write": ".chart svg",
    "surprise": ".heat-word",
    "cell": ".cell-drawing svg",
    "gates": ".thumb canvas",
    "match": ".places",
    "words": "ol[aria-labelledby=neighbours-title] li",
}
AXE = Path(__file__).resolve().parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"


def violations(page):
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run scripts/install_js")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]][:4]) for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_any_view(calm, scheme):
    calm.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    state = {"compare": "other", "temperature": 0.8, "top_k": 4}
    page = calm.go("write", "the ___ sat on the mat", **state)
    expect(page.locator("#fill .filling")).to_have_count(3)
    assert violations(page) == []
    page = calm.go("gates", TEXT, force="1.gate.forget=0", pinned="3,5", **state)
    for view in VIEWS[1:]:
        page.locator(f"#tab-{view}").click()
        page.locator(READY[view]).first.wait_for()
        assert violations(page) == [], view


def test_axe_finds_no_violation_in_the_course_and_without_text(calm):
    page = calm.go()
    assert violations(page) == []
    page.get_by_role("link", name="How a language model chooses").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_nothing_is_wider_than_a_phone(phone):
    page = phone.go("write", "the ___ sat on the mat")
    expect(page.locator("#fill .filling")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page = phone.go("gates", TEXT, compare="other", force="1.gate.forget=0")
    for view in VIEWS[1:]:
        page.locator(f"#tab-{view}").tap()
        page.locator(READY[view]).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, view


def test_every_view_says_what_is_seen_and_links_to_the_course(opened):
    page = opened.go("surprise", TEXT)
    for view in VIEWS:
        page.locator(f"#tab-{view}").click()
        page.locator(READY[view]).first.wait_for()
        link = page.locator(".view-head a")
        assert len(page.locator(".view-head p").inner_text()) > 40
        before = page.url
        link.click()
        expect(page.get_by_role("dialog").locator("h2")).to_have_text(link.inner_text())
        assert page.url == before
        page.get_by_role("button", name="Close").click()
    expect(page.locator("#text")).to_have_value(TEXT)


def test_the_keyboard_alone_reaches_every_view_and_takes_a_word(opened):
    page = opened.go()
    page.locator("#text").focus()
    page.keyboard.type("the cat sat on the ")
    expect(page.locator("#next [data-word=cat]")).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.word === 'cat'"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("the cat sat on the cat ")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id === 'tab-write'"):
            break
    for view in VIEWS[1:]:
        page.keyboard.press("ArrowRight")
        expect(page.locator(f"#tab-{view}")).to_be_focused()
        expect(page.locator(f"lm-{view}")).to_be_visible()


def test_the_theme_is_the_systems_until_it_is_chosen(opened):
    page = opened.go()
    root = page.locator("html")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Light").click()
    expect(root).to_have_attribute("data-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Dark").click()
    page.emulate_media(color_scheme="light")
    expect(root).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("view", VIEWS)
def test_pictures_and_numbers_are_saved(opened, view):
    page = opened.go(view, TEXT)
    page.locator(READY[view]).first.wait_for()
    page.locator(".copy-menu summary").click()
    for kind, begins in (("svg", b"<svg "), ("png", b"\x89PNG"), ("csv", b"")):
        with page.expect_download() as download:
            page.locator(f"[data-save={kind}]").click()
        content = Path(download.value.path()).read_bytes()
        assert content.startswith(begins)
        assert len(content) > 100
        assert download.value.suggested_filename == f"lmkit-{view}.{kind}"
        expect(page.locator(".status")).to_have_text(f"Saved as lmkit-{view}.{kind}.")


def test_numbers_are_copied(opened):
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened.go("surprise", "the cat")
    expect(page.locator(".heat-word")).to_have_count(2)
    page.locator(".copy-menu summary").click()
    page.locator("[data-copy=csv]").click()
    expect(page.locator(".status")).to_have_text("Copied as CSV.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[0] == "model,position,word,surprisal,rank,entropy,unknown"
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".status")).to_contain_text("is copied")
    assert "view=surprise" in page.evaluate("navigator.clipboard.readText()")


def test_what_is_typed_while_the_model_loads_stays(opened):
    page = opened.page
    page.add_init_script("window.loading = new Promise((done) => { window.loaded = done })")
    page.goto(f"{opened.site}#text=the+dog+sat")
    box = page.locator("#text")
    expect(box).to_have_value("the dog sat")
    box.fill("the cat")
    expect(page.locator("#next [data-word]")).to_have_count(0)
    page.evaluate("loaded()")
    page.wait_for_selector("#next [data-word]")
    expect(box).to_have_value("the cat")
    assert "the+cat" in page.url or "the%20cat" in page.url
    page.get_by_role("button", name="Undo").click()
    expect(box).to_have_value("the dog sat")


def test_a_link_followed_within_the_page_changes_it(opened):
    page = opened.go("gates", TEXT)
    page.evaluate("location.hash = 'text=the dogs&view=surprise'")
    expect(page.locator(".heat-word")).to_have_count(2)
    expect(page.locator("#text")).to_have_value("the dogs")


def test_another_model_answers(opened):
    page = opened.go("surprise", "the cat sat")
    totals = page.locator(".totals")
    before = totals.inner_text()
    page.get_by_label("Model", exact=True).select_option("other")
    expect(totals).not_to_have_text(before)
    assert "model=other" in page.url
