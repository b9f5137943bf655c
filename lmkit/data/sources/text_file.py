"""Plain text, be it compressed or piped in, read line by line."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import TextIO

from typing_extensions import override

from lmkit.core.errors import DataError
from lmkit.data.sources.encoding import Encoding, detect_encoding
from lmkit.data.sources.formats import advice, refusal
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.stored_file import PipedInput, StoredFile

_HEAD = 1 << 12  # bytes that tell what a file is that is no text
_LOOKED_AT = 400  # lines looked at for marks that are no text
_LOOKED_THROUGH = 1 << 16  # characters of them at most, about
_SMALL = 1 << 16  # bytes; no part of a text is smaller


class TextFile:
    """A file of text; what is not UTF-8 is read in the encoding that is detected.

    Attributes:
        name: What the user called it.
        notices: What a user should know of the reading.
    """

    def __init__(self, spec: str, config: SourceConfig, *, file: StoredFile | None = None) -> None:
        self._file = file or StoredFile(Path(spec))
        self.name = self._file.name
        self.notices: list[str] = []
        self._config = config

    def lines(self) -> Iterator[str]:
        r"""Yield the lines; "\n", "\r\n" and "\r" end one, other white space does not.

        Raises:
            DataError: If it cannot be read, or is no text.
        """
        with self.opened(newline=None) as text:
            head = _first_lines(text)
            if found := advice(head):
                self._say(f"{self.name} {found}")
            yield from _without_ends(chain(head, text))

    def fingerprint(self) -> str:
        """Return the SHA-256 of the content."""
        return self.encoding.digest

    @property
    def size(self) -> int:
        """Bytes of the file, as it is stored."""
        return self._file.readable_path.stat().st_size

    def as_file(self) -> "TextFile":
        """Return the source as a file that other processes can read as well.

        A pipe is copied first; the copy is there as long as this source is.

        Raises:
            DataError: If it cannot be read.
        """
        with self._file.reading():
            path = self._file.readable_path
        if path == self._file.path:
            return self
        return TextFile(self.name, self._config, file=StoredFile(path, name=self.name))

    def shards(self, count: int) -> Sequence["TextFile | TextPart"]:
        """Return parts of the file between line ends; compressed and piped text is one part."""
        encoding = self.encoding
        if count < 2 or not self._file.is_plain or not encoding.keeps_line_ends:
            return (self,)
        places = _line_starts(self._file.path, count)
        if len(places) < 3:
            return (self,)
        return [
            TextPart(f"{self.name} [{start}:{end}]", self._file.path, encoding.name, start, end)
            for start, end in pairwise(places)
        ]

    @contextmanager
    def opened(self, *, newline: str | None) -> Iterator[TextIO]:
        """Open the text, decompressed and decoded; bytes that stand for nothing become U+FFFD.

        Args:
            newline: As `io.TextIOWrapper` takes it: None makes every line end a line feed, ""
                leaves it as it is.

        Raises:
            DataError: If it cannot be read, or is no text.
        """
        encoding = self.encoding
        with self._file.reading(), self._file.open() as file:
            if not encoding.is_text:
                raise DataError(f"{self.name} is {refusal(file.read(_HEAD))}")
            with io.TextIOWrapper(file, encoding.name, "replace", newline) as text:
                yield text

    @cached_property
    def encoding(self) -> Encoding:
        """Encoding of the bytes; the first time, the file is read through to find out."""
        with self._file.reading():
            found = detect_encoding(self._file.open)
        if found.is_text and found.is_detected:
            self._say(f"{self.name} is not UTF-8; it was read as {found.name}")
        elif found.is_text and found.damaged:
            places = "1 place is" if found.damaged == 1 else f"{found.damaged:,} places are"
            self._say(f"{self.name}: {places} not UTF-8 and read as \ufffd")
        return found

    def _say(self, notice: str) -> None:
        if notice not in self.notices:
            self.notices.append(notice)


class StandardInput(TextFile):
    """Text of standard input."""

    def __init__(self, spec: str, config: SourceConfig) -> None:
        super().__init__(spec, config, file=PipedInput())


@dataclass(slots=True)
class TextPart:
    """Part of a file of text, from one line start to another.

    Attributes:
        name: The file and the bytes of it.
        path: The file, not compressed.
        encoding: One in which a line feed is one byte.
        start: The first byte.
        end: The byte after the last.
        notices: Empty: what there is to say is said of the whole file.
    """

    name: str
    path: Path
    encoding: str
    start: int
    end: int
    notices: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the part."""
        with StoredFile(self.path).reading(), self.path.open("rb") as file:
            file.seek(self.start)
            part = io.BufferedReader(_Limited(file, self.end - self.start))
            with io.TextIOWrapper(part, self.encoding, "replace", None) as text:
                yield from _without_ends(text)


class _Limited(io.RawIOBase):
    """The next so many bytes of a file."""

    def __init__(self, file: io.BufferedReader, size: int) -> None:
        self._file = file
        self._left = size

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer will do
        found = self._file.read(min(len(buffer), self._left))
        buffer[: len(found)] = found
        self._left -= len(found)
        return len(found)


def _first_lines(text: TextIO) -> list[str]:
    """Return the first lines of a text; few if they are long."""
    lines: list[str] = []
    held = 0
    for line in islice(text, _LOOKED_AT):
        lines.append(line)
        held += len(line)
        if held > _LOOKED_THROUGH:
            break
    return lines


def _without_ends(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line[:-1] if line.endswith("\n") else line


def _line_starts(path: Path, count: int) -> list[int]:
    """Return line starts that cut a file into about equal parts, its beginning and end included."""
    size = path.stat().st_size
    count = min(count, max(1, size // _SMALL))
    places = [0]
    with path.open("rb") as file:
        for number in range(1, count):
            file.seek(max(places[-1], size * number // count))
            file.readline()
            places.append(file.tell())
    return sorted({*places, size})
