"""Lines of standard input, answered as they come, whatever encoding they are in.

A file is read through before it is decoded; lines that are waited for cannot be. Each is decoded
for itself, and all of them only where a mark at the beginning says that they are UTF-16 or UTF-32.
"""

import codecs
import io
import sys
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from lmkit.terminal.output import say

_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def piped_lines(*, quiet: bool = False) -> Iterator[str]:
    """Yield the lines of standard input as they come, without their ends.

    Args:
        quiet: Say nothing of lines that are not UTF-8.

    Yields:
        Lines; a mark of UTF-8 at the beginning is no part of the first.
    """
    file = sys.stdin.buffer
    first = file.readline()
    if codec := _wide_codec(first):
        yield from _wide_lines(first + file.read(), codec)
        return
    has_told = quiet
    for number, line in enumerate(chain([first.removeprefix(codecs.BOM_UTF8)], file), start=1):
        if not line:
            return  # nothing was piped in
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text, found = _decoded(line)
            if not has_told:
                say(f"line {number} of standard input is not UTF-8; {found}")
            has_told = True
        yield text.rstrip("\r\n")


def _wide_codec(first: bytes) -> str:
    """Return the encoding that a mark names; a real one is followed by characters with a NUL."""
    return next((name for mark, name in _WIDE if first.startswith(mark) and b"\0" in first), "")


def _wide_lines(content: bytes, codec: str) -> Iterator[str]:
    with io.TextIOWrapper(io.BytesIO(content), codec, "replace") as text:
        for line in text:
            yield line.removesuffix("\n")


def _decoded(line: bytes) -> tuple[str, str]:
    """Return a line that is not UTF-8 as text, and how it was read."""
    from lmkit.data.sources.encoding import detect_encoding  # not needed to answer UTF-8

    def opened() -> BinaryIO:
        return io.BytesIO(line)

    found = detect_encoding(opened)
    told = "bad bytes are read as \ufffd" if not found.is_detected else f"read as {found.name}"
    return line.decode(found.name, "replace"), told
