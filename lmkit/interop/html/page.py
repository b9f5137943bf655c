"""The page as one file: styles, script and model inside, and a policy that refuses every request.

The policy names the hashes of the styles and of the script, so that nothing else runs, and allows
no connection at all: not even the page's own script could send what is typed anywhere.
"""

import base64
import hashlib
import html
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from lmkit.core.errors import LmkitError
from lmkit.interop.html.bundle import bundle

MARK = "<!-- A page written by lmkit, with a model inside. -->"  # by which such a file is known
NOTICE = (
    "This file holds a language model. Words of the text it was trained on can be read from it, "
    "and it may repeat phrases of that text."
)
_INDEX = "index.html"
_STYLES = re.compile(r"[ \t]*<link rel=\"stylesheet\" href=\"(?P<path>[^\"]+)\">\n?")
_SCRIPT = re.compile(r"[ \t]*<script type=\"module\" src=\"(?P<path>[^\"]+)\"></script>\n?")
_CHARSET = re.compile(r"[ \t]*<meta charset=\"[^\"]*\">\n?", re.IGNORECASE)
_ICON = re.compile(r"(<link rel=\"icon\"[^>]*href=\")(?P<path>[^\":]+)(\">)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageModel:
    """A model for a page.

    Attributes:
        name: Name of the model, the title of the page.
        blob: What `pack_archive` returned.
        card: The model card, Markdown.
        licence: Licence of the model, one line.
    """

    name: str
    blob: bytes
    card: str
    licence: str


def static_folder() -> Path:
    """Return the folder of the page's own files."""
    return Path(str(resources.files("lmkit").joinpath("serve", "static")))


def single_page(model: PageModel, folder: Path | None = None) -> str:
    """Return the page as one HTML file.

    Args:
        model: What it holds.
        folder: Folder of the page's own files; lmkit's where left out.

    Raises:
        LmkitError: If a file of the page is missing or cannot be put into one file.
    """
    folder = folder or static_folder()
    index = _read(folder, _INDEX)
    styles = "\n".join(_read(folder, match["path"]) for match in _STYLES.finditer(index))
    entries = [match["path"] for match in _SCRIPT.finditer(index)]
    if len(entries) != 1:
        raise LmkitError(f"{_INDEX} of the page names {len(entries)} scripts, not one")
    script = bundle(folder, entries[0])
    if "</style" in styles.lower() or "@import" in styles:
        raise LmkitError("the styles of the page cannot be put into one file")
    page = _CHARSET.sub("", _SCRIPT.sub("", _STYLES.sub("", index)))
    page = _ICON.sub(lambda match: match[1] + _data_url(folder, match["path"]) + match[3], page)
    page = _after(page, "<head>", _first_lines(model, _policy(styles, script)))
    page = _before(page, "</head>", f"<style>{styles}</style>\n  ")
    page = _before(page, "</body>", _model_and_script(model, script))
    return _after(page, "<!doctype html>\n", f"{MARK}\n")


def _policy(styles: str, script: str) -> str:
    rules = [
        "default-src 'none'",
        f"script-src {_hash(script)} 'wasm-unsafe-eval'",
        f"style-src {_hash(styles)}",
        "img-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _model_and_script(model: PageModel, script: str) -> str:
    data = base64.b64encode(model.blob).decode()
    return (
        f'<script type="application/octet-stream;base64" id="model">{data}</script>\n'
        f"<script>{script}</script>\n"
        '<footer class="about-file">\n'
        f"<p>{html.escape(NOTICE)} Licence of the model: {html.escape(model.licence)}.</p>\n"
        "<details><summary>Model card</summary>\n"
        f"<pre>{html.escape(model.card)}</pre></details>\n</footer>\n"
    )


def _first_lines(model: PageModel, policy: str) -> str:
    """Return what the head begins with; the encoding has to stand in the first 1,024 bytes."""
    name, licence = (text.replace("--", "- -") for text in (model.name, model.licence))
    return (
        f'\n    <meta charset="utf-8">\n    {policy}\n'
        f"    <!-- Model: {name}. Licence of the model: {licence}.\n         {NOTICE}\n"
        "         The program of the page is part of lmkit, under the Apache License 2.0. -->"
    )


def _data_url(folder: Path, path: str) -> str:
    kind = {".svg": "image/svg+xml", ".png": "image/png"}.get(Path(path).suffix)
    if kind is None:
        raise LmkitError(f"the icon of the page is no SVG or PNG: {path}")
    return f"data:{kind};base64,{base64.b64encode((folder / path).read_bytes()).decode()}"


def _read(folder: Path, path: str) -> str:
    try:
        return (folder / path).read_text(encoding="utf-8")
    except OSError as error:
        raise LmkitError(f"a file of the page cannot be read: {path}: {error.strerror}") from error


def _after(page: str, mark: str, added: str) -> str:
    start = page.lower().find(mark)
    if start < 0:
        raise LmkitError(f"{_INDEX} of the page has no {mark.strip()}")
    end = start + len(mark)
    return page[:end] + added + page[end:]


def _before(page: str, mark: str, added: str) -> str:
    place = page.lower().rfind(mark)
    if place < 0:
        raise LmkitError(f"{_INDEX} of the page has no {mark}")
    return page[:place] + added + page[place:]
