import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.data.sources.encoding import detect_encoding

GREEK = "Η γλώσσα είναι το σπίτι του ανθρώπου και το πρώτο του εργαλείο.\n" * 3


def detect(content):
    return detect_encoding(lambda: io.BytesIO(content))


@given(st.text())
def test_utf8_is_utf8(text):
    found = detect(f"some words {text}".encode())
    assert found.name == "utf-8"
    assert not found.is_detected


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_believed(codec):
    found = detect(GREEK.encode(codec))
    assert (found.name, found.is_detected, found.is_text) == (codec, False, True)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_seen(codec):
    found = detect("plain English text\n".encode(codec))
    assert (found.name, found.is_text) == (codec, True)


@pytest.mark.parametrize("codec", ["cp1253", "iso8859-7"])
def test_another_encoding_is_detected(codec):
    content = GREEK.encode(codec)
    found = detect(content)
    assert found.is_detected
    assert found.is_text
    assert content.decode(found.name).split()[1:] == GREEK.split()[1:]


def test_several_latin_languages_in_one_text_are_read_as_the_usual_encoding():
    text = "Der Bär läuft über die Straße .\nÉtait-ce l'été où la fête fut gâchée ?\n" * 9
    assert text.encode("cp1252").decode(detect(text.encode("cp1252")).name) == text


def test_one_strange_byte_in_a_large_file_is_found_and_taken_for_windows():
    found = detect(b"plain text\n" * 200_000 + b"caf\xe9\n")
    assert (found.name, found.is_detected, found.is_text) == ("cp1252", True, True)


def test_control_characters_do_not_make_a_text_binary():
    assert detect(b"a text with \x00 and \x07 in it, now and then").is_text
    assert detect(b"").is_text


def test_what_is_not_text_is_seen():
    assert not detect(b"%PDF-1.7\nsome words").is_text
    assert not detect(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).is_text
    assert not detect(random.Random(0).randbytes(5000)).is_text
    assert not detect(b"\x28\xb5\x2f\xfdplain").is_text
    assert not detect(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n").is_text


def test_the_digest_is_of_the_content():
    assert detect(b"a").digest == detect(b"a").digest != detect(b"b").digest


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bad_bytes_in_utf_8_are_counted_and_do_not_change_the_encoding(mark):
    content = GREEK.encode()
    found = detect(mark + content[:41] + b"\xff\xfe" + content[41:] + b"\xce")
    assert found.name == ("utf-8-sig" if mark else "utf-8")
    assert not found.is_detected
    assert found.is_text
    assert found.damaged >= 2
    assert detect(mark + content).damaged == 0


@pytest.mark.parametrize("text", ["été à la forêt\n" * 20, "caf\u00e9"])
def test_another_encoding_is_no_damaged_utf_8(text):
    found = detect(text.encode("cp1252"))
    assert (found.name, found.damaged) == ("cp1252", 0)


@pytest.mark.parametrize(
    ("codec", "keeps"), [("utf-8", True), ("cp1252", True), ("utf-16", False), ("utf-32", False)]
)
def test_bytes_can_be_cut_at_line_ends_where_a_character_is_no_line_end(codec, keeps):
    assert detect(GREEK.encode(codec, "replace")).keeps_line_ends is keeps
