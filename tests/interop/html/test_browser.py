"""The exported page in a real browser, opened from the disk without a network."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lmkit.cli.app import exit_code
from lmkit.interop.html.page import PageModel, single_page

PAGE = Path(__file__).resolve().parents[2] / "js" / "page"


@pytest.fixture
def opened(browser, case_folder, tmp_path) -> Iterator[Any]:
    """A function that opens the page of a model; in the end nothing was asked of any network."""
    context = browser.new_context(offline=True)
    tab = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))

    def open_it(name: str) -> Any:
        blob = (case_folder / f"{name}.blob").read_bytes()
        model = PageModel(name=name, blob=blob, card="", licence="none")
        path = tmp_path / f"{name}.html"
        path.write_text(single_page(model, PAGE), encoding="utf-8")
        tab.goto(path.as_uri())
        return tab

    open_it.said = said  # type: ignore[attr-defined]
    yield open_it
    others = [url for url in asked if not url.startswith(("file:", "data:"))]
    assert others == []
    context.close()


@pytest.mark.parametrize(
    ("name", "most"), [("words", 200), ("spaced", 6), ("bpe", 4), ("chars", 4)]
)
def test_the_page_answers_as_python_does(opened, case_folder, name, most):
    cases = json.loads((case_folder / f"{name}.json").read_text(encoding="utf-8"))
    cases["texts"] = cases["texts"][:most]
    tab = opened(name)
    assert tab.evaluate("cases => differences(engine, cases)", cases) == []
    assert tab.evaluate("async () => (await engine.model()).network.space.kernel !== null")
    assert opened.said == []


def test_the_policy_refuses_a_request(opened):
    tab = opened("words")
    refused = tab.evaluate("fetch('data:,x').then(() => 'answered', () => 'refused')")
    assert refused == "refused"
    assert all("Content Security Policy" in message for message in opened.said)


def test_an_inline_script_of_others_does_not_run(opened):
    tab = opened("words")
    tab.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.bad = 1';"
        " document.body.append(s) }"
    )
    assert tab.evaluate("typeof window.bad") == "undefined"


def test_a_large_page_with_letters_of_any_script_runs(browser, case_folder, tmp_path):
    """The script comes megabytes after the head: a browser that guesses an encoding has guessed."""
    blob = (case_folder / "words.blob").read_bytes() + b"\0" * 3_000_000
    path = tmp_path / "large.html"
    page = single_page(PageModel(name="é", blob=blob, card="", licence="n"), PAGE)
    path.write_text(page, encoding="utf-8")
    tab = browser.new_page()
    tab.goto(path.as_uri())
    assert tab.evaluate("typeof engine") == "object"
    tab.close()


def test_a_question_can_be_given_up(opened):
    tab = opened("chars")
    said = tab.evaluate(
        "async () => { const stop = new AbortController();"
        " const text = 'the cat sat on the mat . '.repeat(400);"
        " const asked = engine.score(text, {signal: stop.signal});"
        " setTimeout(() => stop.abort(), 5);"
        " return asked.then(() => 'answered', (error) => error.name) }"
    )
    assert said == "AbortError"


def test_the_facts_of_the_model_are_told(opened, archives):
    (facts,) = opened("words").evaluate("engine.models()")
    config = archives["words"].model.config
    assert (facts["id"], facts["cell"], facts["direction"]) == ("words", "lstm", "both")
    assert (facts["hidden"], facts["layers"]) == (config.hidden, config.layers)
    assert facts["vocabulary"] == config.vocab_size


def test_the_page_of_the_bundled_base_opens_offline_and_answers(browser, tmp_path):
    bundled = Path(__file__).resolve().parents[3] / "data" / "english"
    if not bundled.is_dir():
        pytest.skip("the weights of the base are not in this checkout")
    text = tmp_path / "check.txt"
    text.write_text("The captain looked at the sea and said that it was late .\n" * 3)
    out = tmp_path / "english.html"
    arguments = ["export", str(bundled), "--to", "html", "--out", str(out), "--check", str(text)]
    assert exit_code([*arguments, "--direction", "forward", "--quiet"]) == 0
    assert out.stat().st_size < 25e6
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto(out.as_uri())
    tab.fill("#text", "Once upon a")
    tab.wait_for_selector('#next [data-word="time"]')
    context.close()
