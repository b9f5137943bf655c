"""JSON documents read as a stream: the values at a path, however large the document is.

Memory holds the value that is read, not the list it stands in. Damage ends one element: reading
goes on at the next, and what is cut off at the end loses its last element alone.
"""

import json
import re
from collections.abc import Iterator
from typing import TextIO

from lmkit.data.tables.values import EVERY, Path, Value, paths_in, values_at

DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)

_CHUNK = 1 << 20  # characters read at once
_LARGEST = 1 << 22  # characters of an element that is decoded at once; larger ones are walked
_LARGEST_CELL = 1 << 22  # characters of a list that is one cell; of a larger one each element is
_LONGEST = 1 << 26  # characters of one string
_SURVEYED = 1 << 24  # characters looked through for paths
_LOOKAHEAD = 32  # characters after which a value that is no JSON will not become it
_OVERLAP = 1 << 10  # characters looked at again when more were read
_TOO_DEEP = "is nested too deeply"
_SPACE = re.compile(r"[ \t\r\n\x1e]*")  # the last begins a text of a JSON sequence
_ASSIGNED = re.compile(r"\s*[\w.$ ]{1,80}=\s*(?=[\[{])")  # as exports are written for a browser
_NEXT = {  # after which an element like the damaged one begins
    "{": re.compile(r"\}\s*,\s*(?=\{)"),
    "[": re.compile(r"\]\s*,\s*(?=\[)"),
    '"': re.compile(r'"\s*,\s*(?=")'),
}


class Damage(Exception):  # noqa: N818  # raised and caught in here: no error of a user
    """A place at which a document is no JSON."""


def document_values(file: TextIO, path: Path) -> Iterator[Value | Damage]:
    """Yield what stands at a path of a document, or of several one after the other.

    Args:
        file: The document.
        path: Keys; every element of a list on the way is entered.

    Yields:
        Values, numbers as they are written; damage where an element is no JSON.
    """
    document = _Document(file)
    try:
        while document.peek_value():
            yield from _walk(document, path)
    except Damage as damage:
        yield damage
    except RecursionError:
        yield Damage(_TOO_DEEP)


def document_paths(file: TextIO, wanted: Path) -> list[Path]:
    """Return the paths at which a document has texts, from its first megabytes.

    Args:
        file: The document.
        wanted: The path that is looked for; once it was met, no more are.

    Returns:
        Paths in the order they are met.
    """
    document = _Document(file)
    found: dict[Path, None] = {}
    try:
        while document.peek_value():
            for path in _survey(document, ()):
                found[path] = None
                if path == wanted or document.read > _SURVEYED:
                    return list(found)
    except (Damage, RecursionError):
        pass  # what is damaged is told when it is read
    return list(found)


def _walk(document: "_Document", path: Path) -> Iterator[Value | Damage]:
    mark = document.peek()
    if mark == "[":
        yield from _walk_list(document, path)
    elif mark == "{" and path:
        yield from _walk_object(document, path)
    elif path:
        document.skip()
    else:
        yield document.decoded()


def _walk_list(document: "_Document", path: Path) -> Iterator[Value | Damage]:
    for mark in document.elements():
        try:
            decoded = document.whole(_LARGEST)
            if decoded:
                yield from values_at(decoded[0], path)
            else:
                yield from _walk(document, path)
        except Damage as damage:
            if not document.resume(mark):
                raise
            yield damage


def _walk_object(document: "_Document", path: Path) -> Iterator[Value | Damage]:
    for key in document.members():
        if key == ".".join(path) or (key,) == path:
            yield from _leaf(document)
        elif key == path[0] or path[0] == EVERY:
            yield from _walk(document, path[1:]) if len(path) > 1 else _leaf(document)
        else:
            document.skip()


def _leaf(document: "_Document") -> Iterator[Value]:
    """Yield the value that comes, or each element of a list too large for one value."""
    mark = document.peek()
    decoded = document.whole(_LARGEST_CELL)
    if decoded:
        yield decoded[0]
    elif mark == "[":
        for _ in document.elements():
            yield document.decoded()
    else:
        raise Damage(document.fault())


def _survey(document: "_Document", before: Path) -> Iterator[Path]:
    mark = document.peek()
    decoded = document.whole(_CHUNK)
    if decoded:
        yield from paths_in(decoded[0], before)
    elif mark == "[":
        for _ in document.elements():
            yield from _survey(document, before)
    elif mark == "{":
        for key in document.members():
            yield from _survey(document, (*before, key))
    else:
        document.skip()


class _Document:
    """A text with a place in it, read on as need be.

    Attributes:
        read: Characters read so far.
    """

    def __init__(self, file: TextIO) -> None:
        self.read = 0
        self._file = file
        self._text = ""
        self._at = 0
        self._is_over = False
        self._has_resumed = False

    def peek(self) -> str:
        """Return the character that comes after white space; nothing at the end."""
        if not self.read and self._more() and (assigned := _ASSIGNED.match(self._text)):
            self._at = assigned.end()
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def peek_value(self) -> str:
        """Return the first character of the next value, commas between values passed over."""
        while self.peek() == ",":
            self._at += 1
        return self.peek()

    def elements(self) -> Iterator[str]:
        """Yield the first character of each element of the list that comes; each is to be read."""
        yield from self._parts("]")

    def members(self) -> Iterator[str]:
        """Yield each key of the object that comes; its value is to be read."""
        for _ in self._parts("}"):
            key = self.decoded()
            if not isinstance(key, str) or self.peek() != ":":
                raise Damage(self.fault())
            self._at += 1
            yield key

    def whole(self, limit: int) -> tuple[Value] | None:
        """Return the value that comes, in a tuple.

        Args:
            limit: Characters of a list or object that is still decoded at once.

        Returns:
            None for a value that is longer, or no JSON.
        """
        limit = {"[": limit, "{": limit, '"': _LONGEST}.get(self.peek(), _LOOKAHEAD)
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._may_be_cut(error, limit) or not self._more():
                    return None
                continue
            except RecursionError:
                return None
            if end == len(self._text) and self._more():
                continue  # a number may go on
            self._at = end
            return (value,)

    def decoded(self) -> Value:
        """Return the value that comes."""
        decoded = self.whole(_LONGEST)
        if decoded is None:
            raise Damage(self.fault())
        return decoded[0]

    def skip(self) -> None:
        """Read over the value that comes."""
        mark = self.peek()
        if self.whole(_LARGEST):
            return
        if mark == "[":
            for _ in self.elements():
                self.skip()
        elif mark == "{":
            for _ in self.members():
                self.skip()
        else:
            raise Damage(self.fault())

    def resume(self, mark: str) -> bool:
        """Go to the next element that begins like one that was damaged.

        Returns:
            Whether there is one.
        """
        pattern = _NEXT.get(mark)
        while pattern:
            match = pattern.search(self._text, self._at)
            if match:
                self._at = match.end()
                self._has_resumed = True
                return True
            self._at = max(self._at, len(self._text) - _OVERLAP)
            if not self._more():
                return False
        return False

    def fault(self) -> str:
        """Say why what comes is no JSON."""
        if not self.peek():
            return "is cut off: the file ends inside of it"
        try:
            DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            near = self._text[error.pos : error.pos + 20].split("\n")[0]
            return f"is no JSON at {near!r} ({error.msg})" if near else "is cut off"
        except RecursionError:
            return _TOO_DEEP
        return f"is no JSON at {self._text[self._at : self._at + 20]!r}"

    def _parts(self, end: str) -> Iterator[str]:
        """Yield the first character of each part of a list or object, commas between them."""
        self._at += 1
        while (mark := self.peek()) != end:
            if not mark or mark == ",":
                raise Damage(self.fault())
            yield mark
            if self._has_resumed:
                self._has_resumed = False
            elif self.peek() == ",":
                self._at += 1
            elif self.peek() != end:
                raise Damage(self.fault())
        self._at += 1

    def _may_be_cut(self, error: json.JSONDecodeError, limit: int) -> bool:
        """Return whether a value is no JSON because its end was not read yet."""
        is_at_end = error.pos + _LOOKAHEAD > len(self._text) or error.msg.startswith("Unterminated")
        return is_at_end and len(self._text) - self._at <= limit

    def _more(self) -> bool:
        """Read on; what was passed is forgotten."""
        if self._is_over:
            return False
        chunk = self._file.read(_CHUNK)
        self._is_over = not chunk
        self.read += len(chunk)
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return bool(chunk)
