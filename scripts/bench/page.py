"""Measure how soon the page answers a key: `python scripts/bench/page.py DIR [--keys N]`.

The page is opened in Chromium twice: from `lmkit serve DIR`, and as the file of `lmkit export DIR
--to html`. A text is typed into it, and for each view the time is taken from the key to the frame
that shows the answer: the next words, the surprisal as heat, the gates as a heat map, and a blank
filled again after a key to its right. The page waits 150 ms after the last key before it fills a
blank, and that is in the figure. Prints one JSON object for each of the two: median and 95th
percentile in milliseconds.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode

from server_process import running_server

from lmkit.bench.machine import measure_machine

Tab: TypeAlias = Any  # Any: playwright is there for tests and benchmarks alone
BEGUN = "the man who was there said that it would be"  # read before the first key
BLANK = "she made a cup of ___ for her"
MOST_SECONDS = 20

# What each view shows anew: a list whose rows are replaced, or a canvas that is painted.
VIEWS = {
    "next words": ("write", BEGUN, "#next"),
    "heat": ("surprise", BEGUN, ".heat-words"),
    "gates": ("gates", BEGUN, "canvas"),
    "blank": ("write", BLANK, "#fill"),
}
WATCH = """\
window.taken = (target) => new Promise((done) => {
  let began = 0
  addEventListener('keydown', () => { began = performance.now() }, { capture: true, once: true })
  const shown = () => { if (began) requestAnimationFrame(() => done(performance.now() - began)) }
  if (target === 'canvas') { window.painted = shown; return }
  const observer = new MutationObserver(() => { if (began) { observer.disconnect(); shown() } })
  observer.observe(document.querySelector(target), { childList: true })
})
const fill = CanvasRenderingContext2D.prototype.fillRect
CanvasRenderingContext2D.prototype.fillRect = function (...box) {
  fill.apply(this, box)
  const shown = window.painted
  window.painted = null
  shown?.()
}
"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", help="a model folder, or the name of a bundled model")
    parser.add_argument("--keys", type=int, default=30, help="keys measured in each view")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    machine = measure_machine()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox"])
        file = Path(folder) / "page.html"
        _export(given.folder, file)
        with running_server([given.folder]) as server:
            for name, address in (("served", f"{server.url}/"), ("file", file.as_uri())):
                figures = {view: measure(browser, address, view, given.keys) for view in VIEWS}
                rates = {"gflops": round(machine.gflops, 1), "threads": machine.threads}
                print(json.dumps({"page": name, "model": given.folder, **rates, **figures}))
        browser.close()


def measure(browser: Tab, address: str, name: str, keys: int) -> dict[str, float]:
    """Return the milliseconds from a key to the frame that shows its answer.

    Args:
        browser: Chromium.
        address: Of the page.
        name: A key of `VIEWS`.
        keys: How many are measured.
    """
    view, text, target = VIEWS[name]
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(1000 * MOST_SECONDS)
    tab.add_init_script(WATCH)
    tab.goto(f"{address}#{urlencode({'text': text, 'view': view})}")
    tab.wait_for_selector("#next [data-word]")
    tab.wait_for_selector("canvas" if target == "canvas" else f"{target} > *")
    tab.click("textarea")
    tab.keyboard.press("End")
    taken = [_after_key(tab, target) for _ in range(keys + 1)][1:]
    tab.close()
    return _summary(taken)


def _after_key(tab: Tab, target: str) -> float:
    """Return the milliseconds after the first letter of a new word."""
    tab.keyboard.press("Space")
    tab.wait_for_timeout(600)  # all that the space asked for is answered
    tab.evaluate("(target) => { window.answer = window.taken(target) }", target)
    tab.keyboard.press("a")
    found = float(tab.evaluate("window.answer"))
    tab.wait_for_timeout(200)
    return found


def _summary(taken: Sequence[float]) -> dict[str, float]:
    ordered = sorted(taken)
    last = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return {"p50_ms": round(statistics.median(ordered), 1), "p95_ms": round(last, 1)}


def _export(model: str, out: Path) -> None:
    command = [sys.executable, "-m", "lmkit", "export", model, "--to", "html", "--out", str(out)]
    subprocess.run([*command, "--quiet"], check=True)


if __name__ == "__main__":
    main()
