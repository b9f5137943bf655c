"""Spool: a normalised text on the disk, on its way to ids, so that memory never holds it.

Lines are opened (`lmkit.text.normalise`) and end with a line feed, so the file can be cut after
any line feed and before any space, and its parts encoded one by one.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lmkit.text.normalise import opened_blocks

_BLOCK = 1 << 18  # characters normalised together
_MARK_LINES = 10_000  # lines between two marks, about

BLOCK_BYTES = 1 << 18  # bytes encoded together


@dataclass(frozen=True, slots=True)
class Mark:
    """A line start in a spool, and what stands before it."""

    offset: int  # bytes
    lines: int
    words: int  # line ends included


@dataclass(frozen=True, slots=True)
class Spool:
    """A normalised text on the disk.

    Attributes:
        path: UTF-8, opened lines.
        marks: Some line starts, the first and the end of the text among them.
        digest: SHA-256 of the content.
    """

    path: Path
    marks: tuple[Mark, ...]
    digest: str

    @property
    def total(self) -> Mark:
        """The end of the text."""
        return self.marks[-1]


def spool_lines(
    lines: Iterable[str], path: Path, *, lowercase: bool = False, straight_quotes: bool = False
) -> Spool:
    """Normalise lines into a file.

    Args:
        lines: Lines without line ends, read once.
        path: The file to write.
        lowercase: Whether capital letters are given up.
        straight_quotes: Whether curly quotation marks and apostrophes become straight.

    Returns:
        The spool.
    """
    digest = hashlib.sha256()
    marks = [Mark(0, 0, 0)]
    offset, count, words = 0, 0, 0
    with path.open("wb") as file:
        for opened, found in opened_blocks(
            lines, size=_BLOCK, lowercase=lowercase, straight_quotes=straight_quotes
        ):
            encoded = opened.encode()
            file.write(encoded)
            digest.update(encoded)
            offset += len(encoded)
            count += opened.count("\n")
            words += found
            if count >= marks[-1].lines + _MARK_LINES:
                marks.append(Mark(offset, count, words))
    if marks[-1].offset != offset or len(marks) == 1:
        marks.append(Mark(offset, count, words))
    return Spool(path, tuple(marks), digest.hexdigest())


def read_blocks(spool: Spool, start: int, end: int, *, size: int = BLOCK_BYTES) -> Iterator[str]:
    """Yield a stretch of a spool in parts that can be encoded one by one.

    Args:
        spool: The text.
        start: First byte: a line start, or a space.
        end: The byte after the last.
        size: Bytes of a part, about.

    Yields:
        Parts; joined they are the stretch. Only a word longer than `size` is ever cut.
    """
    rest = b""
    with spool.path.open("rb") as file:
        file.seek(start)
        while start < end:
            chunk = file.read(min(size, end - start))
            if not chunk:
                break
            start += len(chunk)
            chunk = rest + chunk
            cut = len(chunk) if start >= end else _last_cut(chunk)
            yield chunk[:cut].decode()
            rest = chunk[cut:]


def _last_cut(chunk: bytes) -> int:
    """Return the last place where a text can be cut, else where a character begins."""
    cut = max(chunk.rfind(b"\n") + 1, chunk.rfind(b" ", 1))
    if cut > 0:
        return cut
    cut = len(chunk)
    while cut > 1 and chunk[cut - 1] & 0xC0 == 0x80:
        cut -= 1
    return max(1, cut - 1) if chunk[cut - 1] >= 0xC0 else cut
