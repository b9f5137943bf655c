"""Plain English out of documentation: sentences kept, code and tables dropped.

Documentation is hard-wrapped and mixes prose with grammar rules, listings, doctests and argument
tables. What is kept is what reads as a sentence; a doubtful line is dropped, for text is plenty.
"""

import re
from collections.abc import Iterator

MINIMUM_WORDS = 4  # shorter ones are headings and labels
PLAIN_SHARE = 0.75  # of a sentence's words, those that are plain words rather than code

_BULLET = re.compile(r"(?:[*+•-]|\(?\w[.)]|\d+[.)])\s+")
_MARKUP = (
    (re.compile(r":[\w:+-]+:`([^`]*)`"), r"\1"),  # :class:`Name`
    (re.compile(r"``([^`]*)``"), r"\1"),
    (re.compile(r"`([^`']*)[`']"), r"\1"),
    (re.compile(r"(?<!\w)\*{1,2}([^*\s][^*]*?)\*{1,2}(?!\w)"), r"\1"),  # *emphasis*
    (re.compile(r"(?<!\w)_([A-Za-z]+)_(?!\w)"), r"\1"),
    (re.compile("[“”]"), '"'),
    (re.compile("[‘’]"), "'"),
    (re.compile(r"\s*(?:--|—|–)\s*"), " - "),
    (re.compile(r"::$"), ":"),
)
_CODE = re.compile(r">>>|::=|[=\\{}|@~<>^$]|\w\(\w|\w\[|\.\.\.|https?:|\s{2}|\*\*|#")
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\betc\.)(?<!\bvs\.)\s+(?=[A-Z\"'(])"
)
_SENTENCE = re.compile(r"[\"'(]*[A-Z].*[.!?:][\"')]*$")
_PLAIN_WORD = re.compile(
    r"[\"'(]*(?:[A-Za-z][a-z]*(?:['-][A-Za-z]?[a-z]*)*|\d+)[\"')]*[.,;:!?]?[\"')]*$|-$"
)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a documentation text, each on one line.

    Args:
        text: Hard-wrapped documentation, indentation as in the source.

    Yields:
        Sentences without markup and line ends.
    """
    for paragraph in _paragraphs(text):
        if paragraph.startswith(">>>"):
            continue  # a doctest, with its output
        plain = _without_markup(paragraph)
        yield from (part for part in _SENTENCE_END.split(plain) if _is_prose(part))


def _paragraphs(text: str) -> Iterator[str]:
    """Yield lines that belong together, joined: the same indentation, no blank line between."""
    lines: list[str] = []
    indent = 0
    for line in text.expandtabs().splitlines():
        content = line.lstrip()
        depth = len(line) - len(content)
        bullet = _BULLET.match(content)
        if not content or bullet or depth != indent:
            yield " ".join(lines)
            lines = []
            indent = depth
        if bullet:
            content = content[bullet.end() :]
            indent = depth + bullet.end()
        if content:
            lines.append(content.rstrip())
    yield " ".join(lines)


def _without_markup(paragraph: str) -> str:
    for pattern, replacement in _MARKUP:
        paragraph = pattern.sub(replacement, paragraph)
    return re.sub(r"(?<=[.!?]) {2,}(?=[A-Z\"'(])", " ", paragraph).strip()


def _is_prose(sentence: str) -> bool:
    """Say whether this reads as a sentence of English rather than as code or a table."""
    if not _SENTENCE.match(sentence) or _CODE.search(sentence):
        return False
    words = sentence.split()
    if len(words) < MINIMUM_WORDS:
        return False
    plain = sum(1 for word in words if _PLAIN_WORD.match(word))
    return plain >= PLAIN_SHARE * len(words)
