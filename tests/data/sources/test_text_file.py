import gzip
import io
import lzma
import os
import sys
import threading

import pytest

from lmkit.core.errors import DataError
from lmkit.data.sources.source import SourceConfig
from lmkit.data.sources.text_file import StandardInput, TextFile

TEXT = "the cat\n\nΕλλάδα اللغة 中文 😀\nlast"


def write(path, content):
    path.write_bytes(content)
    return TextFile(str(path), SourceConfig())


@pytest.mark.parametrize("name", ["a.txt", "README", "notes.md", "LOG.TXT"])
def test_lines_come_as_they_are(tmp_path, name):
    file = write(tmp_path / name, TEXT.encode())
    assert list(file.lines()) == list(file.lines()) == TEXT.split("\n")
    assert file.notices == []


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("name", ["a.txt.gz", "no-suffix"])
def test_compressed_text_is_known_by_its_content(tmp_path, compress, name):
    assert list(write(tmp_path / name, compress(TEXT.encode())).lines()) == TEXT.split("\n")


def test_line_ends_of_every_system(tmp_path):
    assert list(write(tmp_path / "a", b"a\r\nb\rc\nd\n").lines()) == ["a", "b", "c", "d"]
    assert list(write(tmp_path / "b", "a\u2028b\x0bc\x85".encode()).lines()) == [
        "a\u2028b\x0bc\x85"
    ]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path, codec):
    assert list(write(tmp_path / "a", TEXT.encode(codec)).lines()) == TEXT.split("\n")


def test_another_encoding_is_read_with_one_notice(tmp_path):
    file = write(tmp_path / "old.txt", b"a caf\xe9\n")
    assert list(file.lines()) == list(file.lines()) == ["a café"]
    assert file.notices == [f"{file.name} is not UTF-8; it was read as cp1252"]


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
@pytest.mark.parametrize(
    "damage", [lambda content: content[:-9], lambda c: c[:40] + b"x" * 9 + c[49:]]
)
def test_damaged_archives_are_refused(tmp_path, compress, damage):
    content = compress(os.urandom(2000).hex().encode())
    with pytest.raises(DataError, match="is damaged"):
        list(write(tmp_path / "a.gz", damage(content)).lines())


def test_what_is_not_text_is_refused(tmp_path):
    with pytest.raises(DataError, match="is not a text file"):
        list(write(tmp_path / "a.pdf", b"%PDF-1.7").lines())


def test_a_line_of_five_million_characters(tmp_path):
    (line,) = write(tmp_path / "a", b"word " * 1_000_000).lines()
    assert len(line) == 5_000_000


def test_a_file_that_vanished_is_refused(tmp_path):
    file = write(tmp_path / "a", b"x")
    (tmp_path / "a").unlink()
    with pytest.raises(DataError, match="No such file"):
        list(file.lines())


def test_a_pipe_can_be_read_twice(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"a\nb\n",))
    writer.start()
    file = TextFile(str(path), SourceConfig())
    assert list(file.lines()) == list(file.lines()) == ["a", "b"]
    writer.join()


def test_standard_input_can_be_read_twice(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    source = StandardInput("-", SourceConfig())
    assert list(source.lines()) == list(source.lines()) == TEXT.split("\n")
    assert source.name == "standard input"


def test_the_fingerprint_is_of_the_content(tmp_path):
    one, same = write(tmp_path / "a", b"x"), write(tmp_path / "b", b"x")
    assert one.fingerprint() == same.fingerprint() != write(tmp_path / "c", b"y").fingerprint()
