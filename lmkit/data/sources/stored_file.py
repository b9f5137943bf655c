"""Bytes of a source: of a file, compressed or not, of a pipe, or of standard input."""

import bz2
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

from typing_extensions import override

from lmkit.core.errors import DataError
from lmkit.core.file_names import printable

COMPRESSED = (".gz", ".xz", ".bz2")

_GZIP, _XZ, _BZIP2 = b"\x1f\x8b", b"\xfd7zXZ\x00", b"BZh"
_BUFFER = 1 << 20


class StoredFile:
    """A file that can be read again and again, decompressed where it is compressed.

    Attributes:
        path: Where it lies.
        name: What it is called in messages.
    """

    def __init__(self, path: Path, *, name: str = "") -> None:
        self.path = path
        self.name = name or printable(str(path))

    def open(self) -> BinaryIO:
        """Open the content at its beginning: gzip, xz and bzip2 are known by their first bytes."""
        file = cast("io.BufferedReader", self.readable_path.open("rb", buffering=_BUFFER))
        unpacked = _unpacked(file)
        return file if unpacked is None else cast("BinaryIO", _Closing(unpacked, file))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what goes wrong while the content is read into one sentence.

        Raises:
            DataError: If it cannot be read, or not decompressed to its end.
        """
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as error:
            raise self._damage() from error
        except OSError as error:
            if error.errno is None:  # bzip2 says so of damage
                raise self._damage() from error
            raise DataError(f"cannot read {self.name}: {error.strerror or error}") from error

    @property
    def is_plain(self) -> bool:
        """True if the content is the file itself, byte for byte."""
        if not stat.S_ISREG(self.path.stat().st_mode):
            return False
        with self.path.open("rb") as file:
            return _unpacked(file) is None

    @cached_property
    def readable_path(self) -> Path:
        """The file itself, or a copy of what can be read only once, such as a pipe."""
        if stat.S_ISREG(self.path.stat().st_mode):
            return self.path
        with self.path.open("rb") as pipe:
            self._copy = _copied(pipe)
        return Path(self._copy.name)

    def _damage(self) -> DataError:
        return DataError(
            f"{self.name} is damaged and cannot be decompressed completely; copy it again"
        )


class PipedInput(StoredFile):
    """Standard input, kept in a temporary file so that it can be read again."""

    def __init__(self) -> None:
        super().__init__(Path("-"), name="standard input")

    @property
    @override
    def is_plain(self) -> bool:
        return False  # it is a copy, which other processes cannot have

    @cached_property
    @override
    def readable_path(self) -> Path:
        self._copy = _copied(sys.stdin.buffer)
        return Path(self._copy.name)


class _Closing(io.BufferedReader):
    """A decompressed file that closes the compressed one with it."""

    def __init__(self, stream: io.BufferedIOBase, file: BinaryIO) -> None:
        super().__init__(cast("io.RawIOBase", stream), _BUFFER)
        self._file = file

    @override
    def close(self) -> None:
        super().close()
        self._file.close()


def _unpacked(file: io.BufferedReader) -> io.BufferedIOBase | None:
    """Return the decompressed content of a file; None for one that is not compressed."""
    head = file.peek(len(_XZ))[: len(_XZ)]
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(_BZIP2) and head[3:4].isdigit():
        return bz2.BZ2File(file)
    return lzma.LZMAFile(file) if head == _XZ else None


def _copied(stream: BinaryIO) -> "tempfile._TemporaryFileWrapper[bytes]":
    copy = tempfile.NamedTemporaryFile(prefix="lmkit-", delete=True)  # noqa: SIM115  # lives as long as the source
    shutil.copyfileobj(stream, copy, _BUFFER)
    copy.flush()
    os.fsync(copy.fileno())
    return copy
