"""Measure the engine in the page: `python scripts/bench/browser_engine.py [DIR | LxHxV]...`.

Each model is exported, opened from the disk in Chromium, and asked as a person types: the next
words after each word, a begun word completed, the text scored, its gates traced, and a blank
filled. Sizes such as 2x256x10000 stand for untrained models, which are as fast as trained ones.
Prints one JSON object a model: bytes of the file, milliseconds from opening it to the first answer,
and milliseconds of a key by the clock and of the processor, which other programs change least.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from lmkit.archive.folder import Archive, load_archive
from lmkit.archive.locate import locate_model
from lmkit.bench.machine import measure_machine
from lmkit.bench.untrained import Size, untrained_archive
from lmkit.interop.html.pack import PageText, pack_archive, page_archive
from lmkit.interop.html.page import PageModel, single_page, static_folder

Tab: TypeAlias = Any  # Any: playwright is there for tests and benchmarks alone
USUAL = ("2x256x10000", "2x512x10000")
NGRAMS = 100_000  # kept of a trained model
REPEATS = 20
INDEX = (
    "<!doctype html>\n<html><head><title>bench</title>"
    '<script type="module" src="page.js"></script></head><body></body></html>\n'
)
SCRIPT = """\
import { BrowserEngine } from './engine/browser_engine.js'
window.engine = new BrowserEngine()
window.longest = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration)
}).observe({ type: 'longtask' })
window.first = engine.next('').then(() => performance.now())
"""
# Each takes the number of the repetition, so that nothing asked before is kept.
QUESTIONS = {
    "next": "(n, words) => engine.next(words.slice(0, 12 + n).join(' ') + ' ', {k: 5})",
    "complete": "(n, words) => engine.complete(words.slice(0, 12 + n).join(' ') + ' t', {k: 5})",
    "score": "(n, words) => engine.score(words.slice(0, 12 + n).join(' '), {k: 5})",
    "trace": "(n, words) => engine.trace(words.slice(0, 12 + n).join(' '), {from: 11 + n})",
    "fill": "(n, words) => engine.fill(words.slice(n, n + 6).join(' ') + ' ___ ' +"
    " words.slice(n + 6, n + 10).join(' '), {k: 3})",
}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="*", default=USUAL, help="model folders, or sizes")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser")
    given = parser.parse_args()
    machine = measure_machine(1)
    with _browser(given.chromium) as browser:
        for name in given.models:
            figures = measure(browser, name)
            print(json.dumps({"model": name, **figures, "gflops": round(machine.gflops, 1)}))


def measure(browser: Tab, name: str) -> dict[str, object]:
    """Return the figures of a model.

    Args:
        browser: Chromium.
        name: A model folder, a bundled name, or a size.
    """
    archive = page_archive(opened(name), ngrams=NGRAMS)
    blob = pack_archive(archive, PageText(name="bench"))
    model = PageModel(name="bench", blob=blob, card="", licence="none")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.html"
        path.write_text(single_page(model, _bare_page(Path(folder))), encoding="utf-8")
        tab = browser.new_page()
        tab.goto(path.as_uri())
        first = tab.evaluate("first")
        words = _words(archive)
        keys = {key: _per_question(browser, tab, code, words) for key, code in QUESTIONS.items()}
        longest = tab.evaluate("longest")
        tab.close()
    size = len(single_page(model).encode())
    return {"bytes": size, "first_ms": round(first), "longest_task_ms": round(longest), **keys}


def opened(name: str) -> Archive:
    """Return the model of a folder, or an untrained one of a size."""
    if Path(name).exists() or "x" not in name:
        return load_archive(locate_model(name))
    return untrained_archive(Size.parse(name))


@contextmanager
def _browser(path: str | None) -> Iterator[Tab]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def _bare_page(folder: Path) -> Path:
    """Return a folder with a page of nothing but the engine."""
    shutil.copytree(static_folder() / "engine", folder / "engine")
    (folder / "index.html").write_text(INDEX, encoding="utf-8")
    (folder / "page.js").write_text(SCRIPT, encoding="utf-8")
    return folder


def _words(archive: Archive) -> list[str]:
    """Return words of the vocabulary, one after the other."""
    texts = archive.tokenizer.tokens.texts
    words = [text.strip() for text in texts if text.strip().isalpha()]
    return words[:: max(1, len(words) // 60)][:60]


def _per_question(browser: Tab, tab: Tab, code: str, words: Sequence[str]) -> dict[str, float]:
    """Return milliseconds of a question: the median by the clock, and the mean of the processor."""
    asked = f"async ([n, words]) => {{ await ({code})(n, words) }}"
    timed = (
        "async ([from, to, words]) => { const took = [];"
        f" const ask = {code};"
        " for (let n = from; n < to; n++) { const began = performance.now();"
        " await ask(n, words); took.push(performance.now() - began) }"
        " return took.sort((a, b) => a - b) }"
    )
    tab.evaluate(asked, [0, list(words)])
    before = _processor_seconds(browser)
    took = tab.evaluate(timed, [1, 1 + REPEATS, list(words)])
    seconds = _processor_seconds(browser) - before
    return {
        "clock_ms": round(took[len(took) // 2], 2),
        "processor_ms": round(1000 * seconds / REPEATS, 2),
    }


def _processor_seconds(browser: Tab) -> float:
    """Return the processor time of the processes that run pages."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return sum(float(one["cpuTime"]) for one in processes if one["type"] == "renderer")


if __name__ == "__main__":
    main()
