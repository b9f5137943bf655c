"""Encoding of a file: UTF-8 where it can be, what is detected where it cannot."""

import codecs
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from charset_normalizer import from_bytes

from lmkit.data.sources.formats import is_other_format
from lmkit.data.sources.latin import latin_encoding

_CHUNK = 1 << 20
_HEAD = 1 << 16  # bytes looked at to tell text from other files
_SAMPLE = 1 << 14  # bytes of lines that are not ASCII, for the detection
_DAMAGED_SHARE = 0.25  # of the characters beyond ASCII; where more are bad it is another encoding
_ENOUGH = 32  # bytes beyond ASCII; detection from fewer is a guess, and the usual one a better one
_USUAL = "cp1252"

_WIDE = ("utf-16", "utf_16", "utf-32", "utf_32", "utf_7", "iso2022", "hz")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_REPLACEMENT = "\ufffd"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROL_SHARE = 0.3  # of a UTF-8 file: more is no text
_CONTROL_SHARE_ELSE = 0.02  # of any other
_NUL_SHARE = 0.2  # of the bytes at even, or odd, places of UTF-16


@dataclass(frozen=True, slots=True)
class Encoding:
    """Encoding of the bytes of a file.

    Attributes:
        name: A codec of Python.
        is_detected: Whether it is a guess, of which the user should know.
        is_text: Whether the file is text at all.
        digest: SHA-256 of the bytes.
        damaged: Places of a UTF-8 file that are no UTF-8.
    """

    name: str
    is_detected: bool
    is_text: bool
    digest: str
    damaged: int = 0

    @property
    def keeps_line_ends(self) -> bool:
        """True where a byte 0x0A is a line end and nothing else, so that bytes can be cut there."""
        return not self.name.startswith(
            ("utf-16", "utf-32", "utf_16", "utf_32", "utf_7", "iso2022")
        )


def detect_encoding(open_file: Callable[[], BinaryIO]) -> Encoding:
    """Read a file through and tell how to read it as text.

    Args:
        open_file: Opens the file, decompressed, at its beginning.

    Returns:
        The encoding.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    digest = hashlib.sha256()
    is_utf8 = True
    with open_file() as file:
        head = file.read(_HEAD)
        chunk = head
        while chunk:
            digest.update(chunk)
            is_utf8 = is_utf8 and _decodes(decoder, chunk)
            chunk = file.read(_CHUNK)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    name = _marked(head) or _utf16_without_mark(head) or ("utf-8" if is_utf8 else "")
    damaged = 0 if name and is_utf8 else _damaged_places(open_file, name)
    name = name or ("utf-8" if damaged else "")
    is_detected = not name
    is_text = _is_text(head, is_utf8=is_utf8) or name.startswith(("utf-16", "utf-32"))
    if is_detected and is_text:
        name = _detect(open_file)
    return Encoding(name or "utf-8", is_detected, is_text, digest.hexdigest(), damaged)


def _damaged_places(open_file: Callable[[], BinaryIO], name: str) -> int:
    """Count the places of a file that are no UTF-8, if it is UTF-8 all the same; else 0."""
    if name not in ("", "utf-8-sig"):
        return 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    bad = beyond = 0
    with open_file() as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            bad += text.count(_REPLACEMENT)
            beyond += len(text) - len(text.encode("ascii", "ignore"))
    text = decoder.decode(b"", final=True)
    bad, beyond = bad + len(text), beyond + len(text)
    return bad if bad <= beyond * _DAMAGED_SHARE else 0


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _marked(head: bytes) -> str:
    return next((name for mark, name in _MARKS if head.startswith(mark)), "")


def _utf16_without_mark(head: bytes) -> str:
    """Return which UTF-16 a text in a Latin script is in: every other byte is NUL."""
    if len(head) % 2 or len(head) < 8:
        return ""
    even, odd = head[::2], head[1::2]
    low, high = (half.count(0) / len(half) for half in (even, odd))
    if high > _NUL_SHARE and low < high / 10:
        return "utf-16-le"
    if low > _NUL_SHARE and high < low / 10:
        return "utf-16-be"
    return ""


def _is_text(head: bytes, *, is_utf8: bool) -> bool:
    if is_other_format(head):
        return False
    share = _CONTROL_SHARE if is_utf8 else _CONTROL_SHARE_ELSE
    return len(_CONTROL.findall(head)) <= len(head) * share


def _detect(open_file: Callable[[], BinaryIO]) -> str:
    """Look at the lines that are not ASCII; charset-normalizer knows what is not Latin."""
    sample = b""
    with open_file() as file:
        while len(sample) < _SAMPLE and (line := file.readline(_SAMPLE)):
            sample += b"" if line.isascii() else line
    if named := latin_encoding(sample):
        return named
    if sum(byte > 0x7F for byte in sample) < _ENOUGH:
        return _USUAL
    found = [(match.chaos, -match.coherence, match.encoding) for match in from_bytes(sample)]
    equal = [codec for *rank, codec in found if rank == list(found[0][:2])]
    return _USUAL if _USUAL in equal or not equal else equal[0]
