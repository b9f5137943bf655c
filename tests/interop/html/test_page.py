"""The page as one file."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lmkit.core.errors import LmkitError
from lmkit.interop.html.page import MARK, NOTICE, PageModel, single_page

INDEX = (
    "<!doctype html>\n<html>\n  <head>\n    <title>t</title>\n"
    '    <link rel="icon" type="image/svg+xml" href="icon.svg">\n'
    '    <link rel="stylesheet" href="one.css">\n    <link rel="stylesheet" href="two.css">\n'
    '    <script type="module" src="page.js"></script>\n  </head>\n  <body>\n  </body>\n</html>\n'
)
MODEL = PageModel(name="cats", blob=b"\0\1\2\xff", card="# <Cats> & dogs", licence="CC0 -- free")


class Parts(HTMLParser):
    """The tags of a page and what stands in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[int, str] = {}
        self.comments: list[str] = []
        self.is_open = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.is_open = True

    def handle_endtag(self, tag):
        self.is_open = False

    def handle_data(self, data):
        if self.is_open:
            self.inside[len(self.found)] = self.inside.get(len(self.found), "") + data

    def handle_comment(self, data):
        self.comments.append(data)

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [
            (attrs, self.inside.get(place, ""))
            for place, (name, attrs) in enumerate(self.found, start=1)
            if name == tag
        ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "index.html": INDEX,
        "one.css": "a { color: red; }\n",
        "two.css": "b { color: blue; }\n",
        "page.js": "import { x } from './x.js'\nconsole.log(x)\n",
        "x.js": "export const x = 1\n",
        "icon.svg": "<svg/>",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def test_nothing_is_loaded_from_elsewhere(folder):
    page = Parts(single_page(MODEL, folder))
    ((icon, _),) = page.of("link")
    assert icon["href"] == "data:image/svg+xml;base64,PHN2Zy8+"
    assert all("src" not in attrs for attrs, _ in page.of("script"))


def test_the_model_is_in_the_page_to_the_byte(folder):
    (attrs, data), _ = Parts(single_page(MODEL, folder)).of("script")
    assert attrs == {"type": "application/octet-stream;base64", "id": "model"}
    assert base64.b64decode(data) == MODEL.blob


def test_the_policy_allows_the_script_and_the_styles_by_their_hashes_and_no_request(folder):
    page = Parts(single_page(MODEL, folder))
    ((attrs, _),) = [one for one in page.of("meta") if "http-equiv" in one[0]]
    rules = dict(rule.strip().split(" ", 1) for rule in attrs["content"].split(";"))
    assert rules["default-src"] == "'none'"
    assert not any(name.startswith("connect") for name in rules)
    assert rules["script-src"] == f"{digest(page.of('script')[1][1])} 'wasm-unsafe-eval'"
    assert rules["style-src"] == digest(page.of("style")[0][1])
    first = [("html", {}), ("head", {}), ("meta", {"charset": "utf-8"}), ("meta", attrs)]
    assert page.found[:4] == first


def test_the_encoding_is_named_once_where_browsers_look_for_it(folder):
    """Else a browser guesses from the first bytes, and the hashes are of other characters."""
    named = INDEX.replace("<head>\n", '<head>\n    <meta charset="utf-8">\n')
    (folder / "index.html").write_text(named, encoding="utf-8")
    model = PageModel(name="n" * 400, blob=b"", card="", licence="l" * 900)
    page = single_page(model, folder)
    assert page.count("charset") == 1
    assert '<meta charset="utf-8">' in page[:1024]


def test_styles_are_joined_in_their_order(folder):
    ((_, styles),) = Parts(single_page(MODEL, folder)).of("style")
    assert styles.index("red") < styles.index("blue")


def test_the_page_says_that_words_can_be_read_from_it_and_shows_card_and_licence(folder):
    page = single_page(MODEL, folder)
    parts = Parts(page)
    assert NOTICE in "".join(text for _, text in parts.of("p"))
    assert "CC0 -- free" in "".join(text for _, text in parts.of("p"))
    assert "# <Cats> & dogs" in "".join(text for _, text in parts.of("pre"))
    assert MARK in page
    assert NOTICE in parts.comments[1]
    assert "CC0 - - free" in parts.comments[1]  # a comment may hold no two dashes


def test_equal_files_give_equal_bytes(folder):
    assert single_page(MODEL, folder) == single_page(MODEL, folder)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("index.html", INDEX.replace("page.js", "none.js"), "none.js"),
        ("index.html", re.sub(r".*<script.*\n", "", INDEX), "0 scripts"),
        ("index.html", INDEX.replace("</body>", ""), "no </body>"),
        ("index.html", INDEX.replace("icon.svg", "icon.ico"), "no SVG or PNG"),
        ("one.css", "@import 'x.css';", "cannot be put into one file"),
    ],
)
def test_a_page_that_cannot_be_one_file_is_refused(folder, name, content, said):
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(LmkitError, match=said):
        single_page(MODEL, folder)


def test_a_missing_page_is_told(tmp_path):
    with pytest.raises(LmkitError, match=r"index\.html"):
        single_page(MODEL, tmp_path)
