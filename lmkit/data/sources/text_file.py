"""Plain text, be it compressed with gzip or xz, read line by line."""

import gzip
import io
import lzma
import os
import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from lmkit.core.errors import DataError
from lmkit.data.sources.encoding import Encoding, detect_encoding
from lmkit.data.sources.source import SourceConfig

_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"
_BUFFER = 1 << 20


class TextFile:
    """A file of text; what is not UTF-8 is read in the encoding that is detected."""

    def __init__(self, spec: str, config: SourceConfig) -> None:
        self.name = spec
        self.notices: list[str] = []
        self._config = config
        self._path = Path(spec)

    def lines(self) -> Iterator[str]:
        r"""Yield the lines; "\n", "\r\n" and "\r" end one, other white space does not."""
        encoding = self.encoding
        if not encoding.is_text:
            raise DataError(f"{self.name} is not a text file; give .txt, .gz, .xz, or a table")
        with self._reading(), self._open() as file:
            yield from _decoded_lines(file, encoding.name)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the content."""
        return self.encoding.digest

    @cached_property
    def encoding(self) -> Encoding:
        """How the bytes are read; the first time, the file is read through to find out."""
        with self._reading():
            found = detect_encoding(self._open)
        if found.is_detected and found.is_text:
            self.notices.append(f"{self.name} is not UTF-8; it was read as {found.name}")
        return found

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as error:
            raise DataError(
                f"{self.name} is damaged: it cannot be decompressed to its end; copy it again"
            ) from error
        except OSError as error:
            raise DataError(f"cannot read {self.name}: {error.strerror or error}") from error

    def _open(self) -> BinaryIO:
        file = cast("io.BufferedReader", self._readable_path.open("rb", buffering=_BUFFER))
        head = file.peek(len(_XZ))[: len(_XZ)]
        if head.startswith(_GZIP):
            return cast("BinaryIO", _Closing(gzip.GzipFile(fileobj=file), file))
        if head == _XZ:
            return cast("BinaryIO", _Closing(lzma.LZMAFile(file), file))
        return file

    @cached_property
    def _readable_path(self) -> Path:
        """The file itself, or a copy of what can be read only once, such as a pipe."""
        if stat.S_ISREG(self._path.stat().st_mode):
            return self._path
        with self._path.open("rb") as pipe:
            self._copy = _copy(pipe)
        return Path(self._copy.name)


class StandardInput(TextFile):
    """What is piped in, kept in a temporary file so that it can be read again."""

    def __init__(self, spec: str, config: SourceConfig) -> None:
        super().__init__(spec, config)
        self.name = "standard input"

    @cached_property
    def _readable_path(self) -> Path:
        self._copy = _copy(sys.stdin.buffer)
        return Path(self._copy.name)


class _Closing(io.BufferedReader):
    """A decompressed file that closes the compressed one with it."""

    def __init__(self, stream: gzip.GzipFile | lzma.LZMAFile, file: BinaryIO) -> None:
        super().__init__(cast("io.RawIOBase", stream), _BUFFER)
        self._file = file

    def close(self) -> None:
        super().close()
        self._file.close()


def _copy(stream: BinaryIO) -> "tempfile._TemporaryFileWrapper[bytes]":
    copy = tempfile.NamedTemporaryFile(prefix="lmkit-", delete=True)  # noqa: SIM115  # lives as long as the source
    shutil.copyfileobj(stream, copy, _BUFFER)
    copy.flush()
    os.fsync(copy.fileno())
    return copy


def _decoded_lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield lines; in a detected encoding, bytes that stand for nothing become U+FFFD."""
    with io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None) as text:
        for line in text:
            yield line[:-1] if line.endswith("\n") else line
