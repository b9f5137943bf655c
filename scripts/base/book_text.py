"""Books and speeches as training text of the base, in four styles.

People write marks in different ways, and a token of lmkit knows whether a space stands before it:

- paragraphs: one paragraph a line as printed, with straight quotation marks.
- sentences: one sentence a line, without quotation marks and dashes, the final mark kept.
- cloze: the same with commas and semicolons apart from the words, as the cloze questions have them.
- apart: the same with every mark apart, as texts that were cut into tokens have them.

Knows no files.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

STYLES = ("paragraphs", "sentences", "cloze", "apart")

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from novel_text import paragraph_sentences, paragraphs, story  # noqa: E402

_STRAIGHT = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"', "…": "...", "–": "--"}
    | {"—": "--"}
    | dict.fromkeys("_*~^|=<>{}\\@\x00\ufeff", " ")
)
_DASH = re.compile(r"\s*(?:--+|(?<=\s)-(?=\s))\s*")
_OPENING = re.compile(
    r"(?<![^\s\"(])'(?!(?:tis|twas|twere|twill|twould|em|til|bout|cause)\b)", re.I
)
_CLOSING = re.compile(r"(?<=[,.!?])'(?=[\s\"]|$)")
_GLUED = re.compile(r"(?<=[a-z][.!?])(?=[A-Z][a-z])")  # a sentence that begins without a space
_FINAL_MARK = re.compile(r"[.!?](?=[\"')\s]*$)")
_LETTER = re.compile(r"[^\W\d_]")
_BOOK = re.compile(r"Project Gutenberg[^\n]*?\b(?:of|presents|Edition of)\b:?\s+([^\n]+)")
_HEADER = 12_000  # characters in which the distributor names the book
_TITLE = re.compile(r"^[^a-z]{20,}$")  # the title of a speech, in capitals


def decode(raw: bytes) -> str:
    """Return the text of a file in UTF-8, or else in the old code page of the distributor."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n")


def title_of(raw: bytes) -> str:
    """Return the title of a novel as its distributor gave it; nothing where there is none."""
    found = _BOOK.search(decode(raw)[:_HEADER])
    title = " ".join((found[1] if found else "").split()).strip(" *,.\"'")
    return re.sub(r"\*.*", "", title).rstrip(" ,:")


def novel_lines(raw: bytes, style: str) -> list[str]:
    """Return the lines of a novel, without what the distributor put around it.

    Args:
        raw: The file.
        style: A name in STYLES.
    """
    found = paragraphs(story(decode(raw)))
    return [line for paragraph in found for line in styled(paragraph, style)]


def speeches(text: str) -> Iterator[list[str]]:
    """Yield the paragraphs of each speech of a collection, without titles and dates."""
    speech: list[str] = []
    for line in text.splitlines():
        words = _GLUED.sub(" ", " ".join(line.split()))
        if _TITLE.match(words):
            if speech:
                yield speech
            speech = []
        elif _FINAL_MARK.search(words):
            speech.append(words)
    if speech:
        yield speech


def styled(paragraph: str, style: str) -> Iterator[str]:
    """Yield the lines of a paragraph.

    Args:
        paragraph: Without line ends.
        style: A name in STYLES.
    """
    if style == "paragraphs":
        if line := as_printed(paragraph):
            yield line
        return
    for sentence in marked_sentences(paragraph):
        if style == "sentences":
            yield sentence.replace(" ,", ",").replace(" ;", ";")
        else:
            yield f"{sentence[:-1]} {sentence[-1]}" if style == "apart" else sentence


def as_printed(paragraph: str) -> str:
    """Return a paragraph with straight marks; single quotation marks become double ones."""
    text = paragraph.translate(_STRAIGHT).replace("''", '"')
    text = _CLOSING.sub('"', _OPENING.sub('"', _DASH.sub(" -- ", text)))
    text = " ".join(text.split())
    return text if _LETTER.search(text) else ""


def marked_sentences(paragraph: str) -> Iterator[str]:
    """Yield each sentence with the mark it ends in; the cloze style alone ends all in a full stop.

    `paragraph_sentences` forgets the mark: letters that stand before questions and exclamations
    find it again.
    """
    marked = re.sub(r"([!?])[!?]*(?=[\"')]*(?:\s|$))", _hidden, paragraph)
    for sentence in paragraph_sentences(marked):
        yield _shown(sentence)


_QUESTION, _EXCLAMATION = "\ue000", "\ue001"  # private letters, never in a text


def _hidden(mark: re.Match[str]) -> str:
    return (_QUESTION if mark[1] == "?" else _EXCLAMATION) + mark[0]


def _shown(sentence: str) -> str:
    """Return a sentence that ends in its mark, and has none inside."""
    last = sentence.rstrip(".")[-1:]
    final = {_QUESTION: "?", _EXCLAMATION: "!"}.get(last, ".")
    words = sentence.rstrip(".").translate(_UNMARKED).split()
    return " ".join(words) + final


_UNMARKED = str.maketrans(dict.fromkeys(_QUESTION + _EXCLAMATION, ""))
