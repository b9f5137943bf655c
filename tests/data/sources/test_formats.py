import io
import tarfile
import zipfile

import pytest

from lmkit.data.sources.formats import advice, refusal


def zipped(*names, **options):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", **options) as archive:
        for name in names:
            archive.writestr(name, "content")
    return content.getvalue()


def tarred():
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return content.getvalue()


MAIL = """Received: from a.b by c.d;
\tMon, 1 Jan 2020 10:00:00 +0000
From: ada@x.org
Subject: home

We went home.
"""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zipped("a.txt", "b.txt"), "a zip archive; unpack it and give the folder"),
        (zipped(), "an empty zip archive; unpack it and give the folder"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a Word document; save it as plain"),
        (zipped("xl/workbook.xml"), "a workbook of Excel; save its sheet as CSV"),
        (zipped("ppt/slides.xml"), "a PowerPoint presentation; save it as plain text (.txt)"),
        (tarred(), "a tar archive; unpack it and give the folder"),
        (b"7z\xbc\xaf\x27\x1c...", "a 7z archive; unpack"),
        (b"Rar!\x1a\x07\x00", "a rar archive; unpack"),
        (b"\x28\xb5\x2f\xfd..", "compressed with zstd; decompress it (zstd -d)"),
        (b"%PDF-1.7", "a PDF; take the text out of it, e.g. with pdftotext"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document; save it as plain text"),
        (b"PAR1", "a Parquet table; name it .parquet"),
        (b"SQLite format 3\x00", "a database of SQLite; export"),
        (b"\x89PNG\r\n", "a picture; give a text"),
        (b"\x00\x01\x02", "not a text file; give .txt (also .gz, .xz, .bz2), or a table"),
        (b"", "not a text file"),
    ],
)
def test_what_is_no_text_is_named_with_what_to_do(content, sentence):
    assert refusal(content).startswith(sentence)


def epub_head():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    return content.getvalue()


def test_documents_with_their_kind_inside_are_named():
    assert refusal(epub_head()).startswith("an e-book (EPUB); convert it to text")
    odt = epub_head().replace(b"application/epub+zip", b"application/vnd.oasis.opendocument.text")
    assert refusal(odt).startswith("an OpenDocument text; save it")


PAGE = "<!DOCTYPE html>\n<html><body>\n<p>We went home.</p>\n</body></html>"
SUBTITLES = "1\n00:00:01,000 --> 00:00:03,500\nWe went home.\n\n" * 4
CHATS = {
    "WhatsApp, American": "12/31/20, 10:15 PM - Ada: hello",
    "WhatsApp, German": "31.12.20, 22:15 - Ada: hallo",
    "WhatsApp, iPhone": "[31.12.20, 22:15:01] Ada: hello",
    "WhatsApp, French": "31/12/2020 à 22:15 - Ada: bonjour",
    "WhatsApp, with a mark": "\u200e[31/12/2020, 22:15:01] Ada: hello",
    "WhatsApp, new": "12/31/20, 10:15\u202fPM - Ada: hello",
    "Telegram": "Ada, [31.12.20 22:15]",
    "Discord": "[31-Dec-20 10:15 PM] ada#1234",
    "IRC, irssi": "22:15 <ada> hello there",
    "IRC, weechat": "2020-12-31 22:15:01\tada\thello there",
    "IRC, brackets": "[22:15] <ada> hello there",
    "IRC, joined": "22:15 -!- ada joined the channel",
    "Skype": "[31.12.2020 22:15:01] Ada: hello",
    "Slack": "Ada Lovelace [10:15 PM]",
    "Zoom": "22:15:01 From Ada : hello",
    "a log": "2020-12-31T22:15:01Z INFO it began",
    "syslog": "Dec 31 22:15:01 host app[12]: it began",
}


@pytest.mark.parametrize("line", CHATS.values(), ids=CHATS)
def test_chats_with_time_stamps_get_advice(line):
    assert "time stamps" in advice([line, "", "and what was said", line, line])


@pytest.mark.parametrize(
    ("content", "sign"),
    [
        (PAGE, "HTML"),
        ("<?xml version='1.0'?>\n<a>b</a>", "XML"),
        ("<p>one</p>\n<p>two</p>\n<p>three &amp; four</p>", "HTML"),
        (SUBTITLES, "subtitles"),
        ("WEBVTT\n\n" + SUBTITLES.replace(",", "."), "subtitles"),
        ("Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,Hi\n" * 3, "subtitles"),
        ("[00:12.00]Line one\n[00:17.20]Line two\n[00:21.10]Line three\n", "lyrics"),
        ("{\\rtf1\\ansi We went home.}", "RTF"),
        ("\\documentclass{article}\n\\begin{document}\nWe went home.", "TeX"),
        ('{"text": "a"}\n{"text": "b"}\n{"text": "c"}\n', "JSON lines"),
        (MAIL, "e-mail"),
        ("From ada@x.org Mon Jan  1 10:00:00 2020\n" + MAIL, "e-mail"),
        ("-- a dump\nCREATE TABLE t (id INT);\nINSERT INTO t VALUES (1, 'a');\n", "SQL"),
        ("import os\n\n\ndef f(x):\n    y = x + 1\n    return y\n", "source code"),
        ("#include <stdio.h>\nint main() {\n  return 0;\n}\n", "source code"),
        ("const a = 1;\nfunction f() {\n  call(a);\n}\n", "source code"),
    ],
)
def test_marked_text_gets_one_sentence_of_advice(content, sign):
    found = advice(content.split("\n"))
    assert found.startswith("looks like ")
    assert sign in found
    assert "\n" not in found


@pytest.mark.parametrize(
    "content",
    [
        "",
        "We went home at 10:15 and slept until 11:30.\n" * 5,
        "3:16 For God so loved the world\n3:17 For God sent not\n3:18 He that believeth\n",
        "12/31 was a Thursday.\n" * 5,
        "1984 was a book.\n1985 was none.\n1986 neither.\n",
        "He said <nothing>.\nShe said more.\nThey left.\n",
        "a < b and b > c\n" * 5,
        "<unk> is a word\nthe <unk> saw\nthe <unk>\n",
        "In 1999, 12 people came.\n" * 5,
        "- a list\n- of things\n- to do\n",
    ],
)
def test_plain_text_gets_none(content):
    assert advice(content.split("\n")) == ""


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("id,text\n1,we went\n2,it rained\n3,bye\n", "a table"),
        ('"id";"text"\n1;we went\n2;it rained\n', "a table"),
        ("id\ttext\n1\twe went\n2\tit rained\n", "a table"),
        ('[{"text": "we went"}, {"text": "bye"}]', "JSON"),
        ('[\n  {\n    "text": "we went"\n  }\n]\n', "JSON"),
        ('{\n "messages": [\n  {"text": "we went"}\n ]\n}\n', "JSON"),
        ('window.YTD.tweets.part0 = [\n  {\n "tweet" : {}\n }\n]\n', "JSON"),
    ],
)
def test_tables_and_documents_of_another_name_get_advice(content, kind):
    assert advice(content.splitlines(keepends=True)).startswith(f"looks like {kind}: name it .")


@pytest.mark.parametrize(
    "content",
    [
        "Yes, no\nwe went, and came\nyes, yes\n",
        "well,then\nno comma here\na,b\n",
        "[Enter two witches]\nFirst: we went, he said\nbye\n",
        "{we went}\nhome\nbye\n",
        "[1] A note.\n[2] Another note.\n[3] A third.\n",
        "a,b\nc,d\n",
    ],
)
def test_lines_with_commas_and_brackets_are_plain_text(content):
    assert advice(content.splitlines(keepends=True)) == ""


def test_a_pointer_of_git_lfs_is_not_the_file():
    content = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    assert refusal(content) == "a pointer of Git LFS, not the file; fetch it (git lfs pull)"


@pytest.mark.parametrize(
    "text",
    [
        "From: the king\nhe said nothing\nand went home",
        "If it were done when 'tis done,\nIt were done quickly;\nreturn, he said;\n",
        "The king said:\nif you go, go:\nfor I stay.\nWell.\nYes.",
        "Dear Ada,\nTo: be or not\nyours",
        "They insert into the box\nCreate tables of wood",
    ],
)
def test_prose_is_no_mail_and_no_program(text):
    assert advice(text.split("\n")) == ""
