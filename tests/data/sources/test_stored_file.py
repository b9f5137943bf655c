import bz2
import gzip
import io
import lzma
import os
import sys
import threading

import pytest

from lmkit.core.errors import DataError
from lmkit.data.sources.stored_file import COMPRESSED, PipedInput, StoredFile

CONTENT = b"the cat\n" * 100
COMPRESSIONS = [gzip.compress, lzma.compress, bz2.compress]


def stored(path, content):
    path.write_bytes(content)
    return StoredFile(path)


def read(file):
    with file.reading(), file.open() as content:
        return content.read()


@pytest.mark.parametrize("compress", [bytes, *COMPRESSIONS])
@pytest.mark.parametrize("name", ["a.txt", "a.gz", "no-suffix"])
def test_compression_is_known_by_the_content_not_by_the_name(tmp_path, compress, name):
    file = stored(tmp_path / name, compress(CONTENT))
    assert read(file) == read(file) == CONTENT
    assert file.is_plain is (compress is bytes)


def test_every_compression_has_its_suffix():
    assert len(COMPRESSED) == len(COMPRESSIONS)


@pytest.mark.parametrize("content", [b"", b"BZh", b"BZhello", b"\x1f", b"\xfd7z"])
def test_short_files_are_plain(tmp_path, content):
    assert read(stored(tmp_path / "a", content)) == content


@pytest.mark.parametrize("compress", COMPRESSIONS)
@pytest.mark.parametrize("damage", [lambda c: c[:-9], lambda c: c[:40] + b"x" * 9 + c[49:]])
def test_damage_is_one_sentence(tmp_path, compress, damage):
    content = compress(os.urandom(2000).hex().encode())
    with pytest.raises(DataError, match=r"a is damaged .* copy it again"):
        read(stored(tmp_path / "a", damage(content)))


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*a: No such file"):
        read(StoredFile(tmp_path / "a"))


def test_a_name_that_is_no_utf_8_is_shown_and_read(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    file = stored(path, CONTENT)
    assert read(file) == CONTENT
    assert file.name.endswith("caf\\xe9.txt")
    assert file.name.encode()


def test_a_pipe_can_be_read_twice(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(CONTENT,))
    writer.start()
    file = StoredFile(path)
    assert read(file) == read(file) == CONTENT
    assert not file.is_plain
    writer.join()


def test_standard_input_can_be_read_twice(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(CONTENT))))
    file = PipedInput()
    assert read(file) == read(file) == CONTENT
    assert (file.name, file.is_plain) == ("standard input", False)


def test_closing_closes_the_compressed_file_too(tmp_path):
    file = stored(tmp_path / "a", gzip.compress(CONTENT))
    content = file.open()
    compressed = content._file
    assert not compressed.closed
    content.close()
    assert compressed.closed
