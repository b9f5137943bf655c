import io
import sys

import pytest

from lmkit.terminal.piped_lines import piped_lines


@pytest.fixture
def read(monkeypatch):
    def run(content, **options):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        return list(piped_lines(**options))

    return run


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"we went", ["we went"]),
        (b"we went\r\n\nbye\n", ["we went", "", "bye"]),
        ("café — 😀\n".encode(), ["café — 😀"]),
        (b"a\x0bb\x0cc\x85d\n".replace(b"\x85", "\u2028".encode()), ["a\x0bb\x0cc\u2028d"]),
    ],
)
def test_lines_end_at_line_feeds_and_are_kept(read, capsys, content, lines):
    assert read(content) == lines
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_at_the_beginning_names_the_encoding(read, capsys, codec):
    assert read("the café\nbye\n".encode(codec)) == ["the café", "bye"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("width", ["16", "32"])
def test_either_order_of_bytes_is_read(read, order, width):
    codec = f"utf-{width}-{order}"
    assert read("\ufeffthe café\nbye".encode(codec)) == ["the café", "bye"]


def test_lines_in_another_encoding_are_read_and_told_once(read, capsys):
    content = "plain\nun café\nGare à l'été\n".encode("cp1252")
    assert read(content) == ["plain", "un café", "Gare à l'été"]
    assert capsys.readouterr().err == "line 2 of standard input is not UTF-8; read as cp1252\n"
    assert read(content, quiet=True) == ["plain", "un café", "Gare à l'été"]
    assert capsys.readouterr().err == ""


def test_one_bad_byte_in_a_line_of_utf_8_costs_itself_alone(read, capsys):
    assert read("η γλώσσα".encode() + b"\xff\n") == ["η γλώσσα\ufffd"]
    assert "bad bytes are read as \ufffd" in capsys.readouterr().err


def test_bytes_that_begin_like_a_mark_are_none_without_nul(read):
    assert read(b"\xff\xfe the cat\nbye\n")[1:] == ["bye"]


def test_lines_are_given_before_the_rest_is_there(monkeypatch):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            raise AssertionError("reads ahead")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Slow(b"one\ntwo\n")))
    lines = piped_lines()
    assert next(lines) == "one"
