"""Atomic writes, checksums, and text of names that are not UTF-8."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lmkit.core.errors import LmkitError


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Give a temporary path beside `target` that takes its place when the block ends well.

    Args:
        target: The file or folder to write. A file is replaced, a folder swapped for the new one.

    Yields:
        A path in the same folder that does not exist yet: create a file or a folder there.

    Raises:
        LmkitError: If the folder cannot be written or the disk is full; `target` is then as it was.
    """
    partial: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        yield partial / target.name
        _flush(partial / target.name)
        _replace(partial / target.name, target, aside=partial / "replaced")
    except OSError as error:
        reason = error.strerror or str(error)
        raise LmkitError(f"cannot write {target}: {reason}; nothing was changed there") from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def utf8_path(path: Path) -> Iterator[Path]:
    """Give a path to a file that libraries can open which take UTF-8 alone.

    Args:
        path: A file that is there.

    Yields:
        The path itself, or a link to the file where its path is not UTF-8.
    """
    if _is_utf8(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "link"
        link.symlink_to(path.absolute())
        yield link


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def write_text(target: Path, text: str) -> None:
    """Write a text file atomically: readers see the old text or the new one, never a part."""
    with atomic_path(target) as path:
        path.write_bytes(encoded(text))


def encoded(text: str) -> bytes:
    """Return UTF-8 of a text that may hold names of files that are none: these get escapes.

    In JSON the escapes stand for the very bytes of the name when it is read.
    """
    return text.encode("utf-8", "backslashreplace")


def json_bytes(value: object) -> bytes:
    """Return a value as indented JSON, in UTF-8 with one line end at its end.

    Args:
        value: Anything that JSON can hold.
    """
    return encoded(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def sync(path: Path) -> None:
    """Force a file, or the names in a folder, to the disk, where the system can.

    Raises:
        OSError: If the disk refuses a file's content.
    """
    if path.is_dir() and os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():  # some disks know no fsync of folders
            raise
    finally:
        os.close(handle)


def _replace(new: Path, target: Path, *, aside: Path) -> None:
    if new.is_dir() and target.is_dir():
        target.rename(aside)
        try:
            new.rename(target)
        except OSError:
            aside.rename(target)
            raise
        return
    new.replace(target)


def _flush(path: Path) -> None:
    """Force a file or folder to the disk before it is renamed: a power cut leaves no empty file."""
    for file in path.rglob("*") if path.is_dir() else (path,):
        if file.is_file():
            sync(file)
