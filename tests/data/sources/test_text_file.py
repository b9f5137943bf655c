import bz2
import gzip
import io
import lzma
import os
import pickle
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


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress, bz2.compress])
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


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7", "a PDF; take the text out of it"),
        (b"PK\x03\x04\x00", "a zip archive; unpack it and give the folder"),
        (bytes(range(256)), "not a text file; give"),
        (gzip.compress(b"\x00" * 257 + b"ustar" + b"\x00" * 99), "a tar archive; unpack it"),
    ],
    ids=["pdf", "zip", "bytes", "tar in gzip"],
)
def test_what_is_not_text_is_refused_with_what_to_do(tmp_path, content, sentence):
    with pytest.raises(DataError, match=f"a.bin is {sentence}"):
        list(write(tmp_path / "a.bin", content).lines())


@pytest.mark.parametrize("name", ["page.html", "chat.txt", "film.srt", "letter.rtf"])
def test_marked_text_is_read_with_one_line_of_advice(tmp_path, name):
    content = {
        "page.html": "<html>\n<p>We went home.</p>\n</html>",
        "chat.txt": "12/31/20, 10:15 PM - Ada: hello\n" * 9,
        "film.srt": "1\n00:00:01,000 --> 00:00:02,000\nWe went home.\n\n" * 9,
        "letter.rtf": "{\\rtf1 We went home.}",
    }[name]
    file = write(tmp_path / name, content.encode())
    assert list(file.lines()) == list(file.lines()) == content.removesuffix("\n").split("\n")
    (notice,) = file.notices
    assert notice.startswith(f"{file.name} looks like ")


def test_a_few_bad_bytes_do_not_make_utf_8_another_encoding(tmp_path):
    line = "Ελλάδα και γλώσσα\n".encode()
    file = write(tmp_path / "a", line * 10 + b"\xff" + line * 39 + b"\xce")
    lines = list(file.lines())
    assert sum("\ufffd" in line for line in lines) == 2
    assert lines.count("Ελλάδα και γλώσσα") >= 48
    assert file.notices == [f"{file.name}: 2 places are not UTF-8 and read as \ufffd"]


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


def test_a_name_that_is_no_utf_8_is_read_and_can_be_said(tmp_path):
    file = write(tmp_path / os.fsdecode(b"caf\xe9.txt"), b"a caf\xe9\n")
    assert list(file.lines()) == ["a café"]
    assert file.notices[0].encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("count", [2, 3, 7])
def test_the_parts_of_a_file_are_its_lines(tmp_path, end, codec, count):
    lines = [f"line {number} with é" for number in range(40_000)]
    file = write(tmp_path / "a", end.join(lines).encode(codec))
    parts = file.shards(count)
    assert len(parts) == count
    assert [line for part in parts for line in part.lines()] == lines
    sizes = [sum(map(len, part.lines())) for part in parts]
    assert max(sizes) < 1.1 * min(sizes)
    again = pickle.loads(pickle.dumps(parts))  # noqa: S301  # our own bytes
    assert [part.name for part in again] == [part.name for part in parts]
    assert next(again[1].lines()) == next(parts[1].lines())
    assert parts[0].notices == []


def test_what_cannot_be_cut_is_one_part(tmp_path):
    text = b"a line\n" * 40_000
    for number, content in enumerate(
        [gzip.compress(text), text.decode().encode("utf-16"), b"x" * 300_000, b"short\n", b""]
    ):
        file = write(tmp_path / str(number), content)
        assert list(file.shards(4)) == [file]
    assert len(write(tmp_path / "whole", text).shards(1)) == 1


def test_a_file_can_be_sent_to_another_process(tmp_path):
    file = write(tmp_path / "a", TEXT.encode())
    list(file.lines())
    again = pickle.loads(pickle.dumps(file))  # noqa: S301  # our own bytes
    assert list(again.lines()) == TEXT.split("\n")
