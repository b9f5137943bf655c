"""Normalisation: the only changes ever made to a text, so that all else can be given back exactly.

1. A byte order mark is dropped; a lone surrogate becomes U+FFFD.
2. A Windows or old Mac line end becomes a line feed.
3. NUL and other control characters become a space.
4. Upper case becomes lower case, only where that was asked for.
5. Curly quotation marks and apostrophes become straight, only where that was asked for.
6. Characters are composed (Unicode NFC).
7. White space of any kind becomes one space; at the start and the end of a line it is dropped.

Each leaves alone what it made before: normalising twice is normalising once.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from lmkit.text.scripts import UNSPACED_START

_CONTROL_ASCII = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_WHITE_SPACE = re.compile(r"\s{2,}|[^\S ]")
_LONG_LINE = 1 << 16
_STRAIGHT = (*((mark, "'") for mark in "‘’‚‛"), *((mark, '"') for mark in "“”„‟"))
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff\ufeff]")


def normalise_text(text: str, *, lowercase: bool = False, straight_quotes: bool = False) -> str:
    r"""Return a text with the changes this module names and no others.

    Args:
        text: Any string, of one line or many.
        lowercase: Whether capital letters are given up.
        straight_quotes: Whether curly quotation marks and apostrophes become straight.

    Returns:
        Lines parted by "\n": as many line ends as there were.
    """
    text = normalise_characters(text, lowercase=lowercase, straight_quotes=straight_quotes)
    return "\n".join([squeeze(line) for line in text.split("\n")])


def normalise_characters(
    text: str, *, lowercase: bool = False, straight_quotes: bool = False
) -> str:
    """Return a text after all the changes but the last: white space is as it was."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        if _CONTROL_ASCII.search(text):
            text = _CONTROL_ASCII.sub(" ", text)
        return text.lower() if lowercase else text
    if _UNWANTED.search(text):
        text = _UNWANTED.sub(_instead, text)
    if straight_quotes:
        text = straightened(text)
    return unicodedata.normalize("NFC", text.lower() if lowercase else text)


def straightened(text: str) -> str:
    """Return a text whose curly quotation marks and apostrophes are straight."""
    for curly, straight in _STRAIGHT:
        text = text.replace(curly, straight)
    return text


def squeeze(line: str) -> str:
    """Return a line with one space for all white space, and none at its ends."""
    if len(line) < _LONG_LINE:
        return " ".join(line.split())
    return _WHITE_SPACE.sub(" ", line).strip()  # slower, but makes no string of each word


def starts_without_space(text: str) -> bool:
    """Tell whether a text begins in a script that writes no spaces between words."""
    return text[:1] > "\u0dff" and UNSPACED_START.match(text) is not None


def open_line(line: str) -> str:
    """Give the first word of a normalised line the space that every word carries.

    "the cat" and a "the cat" in the middle of a line are then the same tokens. Scripts written
    without spaces (Chinese, Japanese, Thai ...) get none, for their words carry none anywhere.
    """
    if not line or starts_without_space(line):
        return line
    return " " + line


def open_lines(text: str) -> str:
    """Do as `open_line` for every line of a normalised text."""
    return "\n".join(map(open_line, text.split("\n")))


def blocks_of_lines(lines: Iterable[str], *, size: int = 1 << 16) -> Iterator[str]:
    """Join lines to blocks of about `size` characters, each ending with a line end.

    Args:
        lines: Lines without line ends.
        size: A block is ended by the line that reaches this many characters.

    Yields:
        Blocks; joined they are all lines, each followed by a line end.
    """
    block: list[str] = []
    held = 0
    for line in lines:
        block.append(line)
        held += len(line) + 1
        if held >= size:
            yield "\n".join(block) + "\n"
            block, held = [], 0
    if block:
        yield "\n".join(block) + "\n"


def opened_blocks(
    lines: Iterable[str], *, size: int, lowercase: bool = False, straight_quotes: bool = False
) -> Iterator[tuple[str, int]]:
    """Normalise and open lines, many together.

    Args:
        lines: Lines without line ends, read once.
        size: Characters normalised together, about.
        lowercase: Whether capital letters are given up.
        straight_quotes: Whether curly quotation marks and apostrophes become straight.

    Yields:
        Opened lines, each with its line end, and how many words they count.
    """
    for block in blocks_of_lines(lines, size=size):
        normalised = normalise_characters(
            block, lowercase=lowercase, straight_quotes=straight_quotes
        )
        yield _open_block(normalised)


def cut_text(text: str, *, size: int = 1 << 16) -> Iterator[str]:
    """Cut an opened text where no token can be cut: after a line end or before a space.

    Args:
        text: Opened lines; a line may be millions of characters long.
        size: Most characters of a part.

    Yields:
        Parts that joined are the text. Only where a word alone is longer than `size` is it cut.
    """
    start = 0
    while len(text) - start > size:
        line_end = text.rfind("\n", start, start + size)
        space = text.rfind(" ", start + 1, start + size)
        end = max(line_end + 1, space)
        end = end if end > start else start + size
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _open_block(block: str) -> tuple[str, int]:
    """Return opened lines, each with its line end, and how many words they count."""
    opened = []
    words = 0
    for line in map(squeeze, block.removesuffix("\n").split("\n")):
        words += line.count(" ") + (2 if line else 1)
        opened.append(open_line(line))
    opened.append("")
    return "\n".join(opened), words


def _instead(match: re.Match[str]) -> str:
    character = match.group()
    if character == "\ufeff":
        return ""
    return "\ufffd" if "\ud800" <= character <= "\udfff" else " "


def encodable(text: str) -> str:
    """Return a typed or piped text with undecodable bytes replaced, so that it can be encoded."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
