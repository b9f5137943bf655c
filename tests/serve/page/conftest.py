"""The page in a real browser, with a toy engine in place of the server's answers."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "lmkit" / "serve" / "static"
TOY = ROOT / "tests" / "js" / "toy"
POLICY = (  # as the server sends it
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)


class StaticFiles(SimpleHTTPRequestHandler):
    """The files of the page under the policy of the server, the toy's in place of theirs."""

    def translate_path(self, path: str) -> str:
        name = path.partition("?")[0].lstrip("/") or "index.html"
        return str(TOY / name if (TOY / name).is_file() else STATIC / name)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the page with the toy engine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(StaticFiles))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


class Opened:
    """A page that counts what goes wrong: console errors, exceptions, requests elsewhere."""

    def __init__(self, browser: "sync_api.Browser", site: str, **options: object) -> None:
        self.site = site
        self.faults: list[str] = []
        self.context = browser.new_context(accept_downloads=True, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._request)

    def go(self, view: str = "", text: str = "", **state: object) -> "sync_api.Page":
        """Open a link of the page, and wait until it answered."""
        fields = {"text": text, "view": view, **state}
        fragment = urlencode({key: value for key, value in fields.items() if value != ""})
        self.page.goto("about:blank")
        self.page.goto(f"{self.site}#{fragment}")
        self.page.wait_for_selector("#next [data-word]")
        return self.page

    def _console(self, message: "sync_api.ConsoleMessage") -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def _request(self, request: "sync_api.Request") -> None:
        if not request.url.startswith((self.site, "blob:", "data:", "about:")):
            self.faults.append(f"a request to {request.url}")


@pytest.fixture
def opened(browser: "sync_api.Browser", site: str) -> Iterator[Opened]:
    found = Opened(browser, site)
    yield found
    found.context.close()
    assert found.faults == []


@pytest.fixture
def phone(browser: "sync_api.Browser", site: str) -> Iterator[Opened]:
    """A phone 360 pixels wide."""
    found = Opened(browser, site, viewport={"width": 360, "height": 740}, has_touch=True)
    yield found
    found.context.close()
    assert found.faults == []


@pytest.fixture
def calm(browser: "sync_api.Browser", site: str) -> Iterator[Opened]:
    """A browser of someone who wants no motion."""
    found = Opened(browser, site, reduced_motion="reduce")
    yield found
    found.context.close()
    assert found.faults == []
