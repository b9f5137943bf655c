"""Formats that are no plain text, told by their content, with what to do about each.

What holds no text at all is refused; what is text with marks in it (pages, subtitles, chats) is
read as it is, with one line of advice.
"""

import re
from collections.abc import Callable, Sequence

from lmkit.data.sources.stored_file import COMPRESSED

_UNPACK = "unpack it and give the folder"
_SAVE = "save it as plain text (.txt)"

# The first bytes, what they are those of, and what to do.
_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive", _UNPACK),
    (b"PK\x05\x06", "an empty zip archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a rar archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "decompress it (zstd -d)"),
    (b"\x04\x22\x4d\x18", "compressed with lz4", "decompress it (lz4 -d)"),
    (b"\x1f\x9d", "compressed with compress", "decompress it (uncompress)"),
    (b"%PDF-", "a PDF", "take the text out of it, e.g. with pdftotext"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", _SAVE),
    (b"SQLite format 3", "a database of SQLite", "export the texts to CSV"),
    (b"PAR1", "a Parquet table", "name it .parquet"),
    (b"ARROW1", "an Arrow table", "save it as Parquet"),
    (b"\x89PNG", "a picture", "give a text"),
    (b"\xff\xd8\xff", "a picture", "give a text"),
    (b"GIF8", "a picture", "give a text"),
    (b"\x7fELF", "a program", "give a text"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file", "fetch it (git lfs pull)"),
)
# What the beginning of a zip archive holds if it is a document.
_ZIPPED = (
    (b"word/", "a Word document", _SAVE),
    (b"xl/", "a workbook of Excel", "save its sheet as CSV"),
    (b"ppt/", "a PowerPoint presentation", _SAVE),
    (b"application/vnd.oasis.opendocument.spreadsheet", "a spreadsheet", "save it as CSV"),
    (b"application/vnd.oasis.opendocument", "an OpenDocument text", _SAVE),
    (b"application/epub+zip", "an e-book (EPUB)", "convert it to text, e.g. with pandoc"),
)
_TAR_MARK, _TAR_PLACE = b"ustar", 257

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-z]+|#\d+);")
_DATE = (
    r"(?:\d{1,4}[-./]\d{1,2}(?:[-./]\d{1,4})?\.?"  # 31.12.20, 2020-12-31, 12/31
    r"|\d{1,2}[-. ]{1,2}[^\W\d]{3,9}\.?[- ]\d{2,4}"  # 31-Dec-20, 31. Mai 2020
    r"|[A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?)"  # Dec 31, December 31, 2020
)
_TIME = r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?"
_STAMPS = (
    rf".{{0,40}}?{_DATE}[,T]?\s?(?:[^\W\d]{{1,3}}\.? )?{_TIME}",  # WhatsApp, Telegram, logs
    r"\s*[\[(]\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp][Mm])?[\])]",  # [22:15] <ada> hello
    r"\s*\d{1,2}:\d{2}(?::\d{2})?\s+(?:[<*&@+-]|\S{1,30}[:|>])",  # 22:15 <ada> hello
    r"\s*\d{1,2}:\d{2}:\d{2}\s",  # 22:15:01 From Ada : hello
    r"\S.{0,30}\s\[?\d{1,2}:\d{2}\s?[AP]M\]?\s*$",  # Ada [10:15 PM], a line of its own
)
_STAMPED = re.compile("|".join(_STAMPS))
_CUE = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->")
_LYRIC = re.compile(r"\[\d{1,3}:\d{2}\.\d{1,3}\]")
_DIALOGUE = re.compile(r"Dialogue:\s*\d+,\d+:\d{2}:\d{2}")
_RECORD = re.compile(r'\s*\{\s*".*\}\s*$')
_JSON = re.compile(r'\s*(?:[\w.$]+ = )?(?:\[\s*(?:[\["{]|$)|\{\s*(?:"|$))')  # the first line
_KEY = re.compile(r'\s*[\[{]?\s*"[^"]*"\s*:|\s*[\[{]')  # a line of it
_HEADER = re.compile(
    r'"?[^\W\d][\w.-]*"?(?:(?P<mark>[,;\t|])(?:"?[^\W\d][\w.-]*"?(?:(?P=mark)|\s*$))+)'
)
_MAIL = re.compile(
    r"(?i:from|to|cc|subject|date|message-id|received|return-path|mime-version|content-type"
    r"|delivered-to|reply-to): ?\S|From \S+@\S+ "  # the last opens each e-mail of an mbox
)
_SQL = re.compile(r"\s*(?:INSERT INTO|CREATE TABLE|COPY \S+ \(.*FROM stdin)\b")
_CODE = re.compile(
    r"\s*(?:(?:async )?def \w+\(.*|class \w+.*[:{]|import [\w.]+(?: as \w+)?;?"
    r"|from [\w.]+ import .+|(?:if|elif|for|while|with) .+:|(?:else|try|finally):|except.*:"
    r"|return\b.*[\w)\]};]|@\w+(?:\(.*\))?|#\s*(?:include|define)\b.+|[\w.\[\]]+ [-+*/]?= .+"
    r"|[\w.]+\(.*\);?|(?:const|let|var|function|public|private|static|void|int)\b.*[;{]|.*[{}][;,)]*)"
    r"\s*"
)
_CODE_SHARE = 0.5  # of the lines
_LOOKED_AT = 400  # lines
_FEWEST = 3  # lines of a kind before anything is said of them
_SHARE = 0.3  # of the lines


def is_other_format(head: bytes) -> bool:
    """Tell whether a content begins like a file of a kind that is no text."""
    return any(head.startswith(first) for first, _, _ in _SIGNATURES)


def refusal(head: bytes) -> str:
    """Return what a content that is no text is, and what to do: "a zip archive; unpack it ..."."""
    if head[_TAR_PLACE : _TAR_PLACE + len(_TAR_MARK)] == _TAR_MARK:
        return f"a tar archive; {_UNPACK}"
    found = next((one for one in _SIGNATURES if head.startswith(one[0])), None)
    if found is None:
        return f"not a text file; give .txt (also {', '.join(COMPRESSED)}), or a table"
    if found[0] == b"PK\x03\x04":
        found = next((one for one in _ZIPPED if one[0] in head), found)
    return f"{found[1]}; {found[2]}"


def advice(lines: Sequence[str]) -> str:
    """Return one sentence where a text has marks in it that would be learned as words.

    Args:
        lines: The beginning of the text.

    Returns:
        What it looks like and what to do; nothing where it is plain text.
    """
    filled = [line for line in lines[:_LOOKED_AT] if line.strip()]
    if not filled:
        return ""
    found = (sentence for is_kind, sentence in _WHOLES if is_kind(filled))
    return next(found, "") or _advice_by_lines(filled)


def _advice_by_lines(lines: Sequence[str]) -> str:
    """Return the sentence of the kind that many of the lines are of, if there is one."""
    for pattern, sentence in _KINDS:
        hits = sum(pattern.match(line) is not None for line in lines)
        if hits >= _FEWEST and hits >= len(lines) * (0 if pattern is _CUE else _SHARE):
            return sentence
    if sum(_CODE.fullmatch(line) is not None for line in lines) > len(lines) * _CODE_SHARE:
        return "looks like source code, read as it is; --unit bpe or char spells all of it"
    return ""


def _is_rtf(lines: Sequence[str]) -> bool:
    return lines[0].startswith("{\\rtf")


def _is_tex(lines: Sequence[str]) -> bool:
    return any(line.lstrip().startswith(("\\documentclass", "\\begin{")) for line in lines)


def _is_json(lines: Sequence[str]) -> bool:
    """Tell a document of JSON from lines that are one each."""
    begins = _JSON.match(lines[0]) is not None and any(map(_KEY.match, lines[:2]))
    return begins and _RECORD.match(lines[0]) is None


def _is_sql(lines: Sequence[str]) -> bool:
    return any(map(_SQL.match, lines))


def _is_mail(lines: Sequence[str]) -> bool:
    """Tell a text whose first lines are the headers of an e-mail."""
    first = lines[:_FEWEST]
    return len(first) == _FEWEST and all(
        _MAIL.match(line) or (line[0].isspace() and number) for number, line in enumerate(first)
    )


def _is_table(lines: Sequence[str]) -> bool:
    """Tell lines that all hold the mark between the names of the first at least as often."""
    header = _HEADER.fullmatch(lines[0].strip("\ufeff\r\n"))
    if header is None or len(lines) < _FEWEST:
        return False
    mark, names = header["mark"], lines[0].strip()
    count = names.count(mark)
    is_written_small = names == names.lower() or count > 1 or mark != ","
    return is_written_small and all(line.count(mark) >= count for line in lines[1:])


def _is_markup(lines: Sequence[str]) -> bool:
    first = lines[0].lstrip("\ufeff \t").lower()
    if first.startswith(("<!doctype", "<html", "<?xml")):
        return True
    if not any("</" in line or "/>" in line for line in lines):
        return False
    tagged = sum(_TAG.search(line) is not None for line in lines)
    return tagged >= _FEWEST and tagged > len(lines) / 2 and first.startswith("<")


_WHOLES: tuple[tuple[Callable[[Sequence[str]], bool], str], ...] = (
    (_is_rtf, "looks like RTF: its marks are read as words; save it as plain text (.txt)"),
    (_is_tex, "looks like TeX: its commands are read as words; convert it (pandoc -t plain)"),
    (
        _is_markup,
        "looks like HTML or XML: its tags are read as words; convert it (pandoc -t plain)",
    ),
    (_is_json, "looks like JSON: name it .json, and --column names its text"),
    (_is_table, "looks like a table: name it .csv, and --column names its text"),
    (_is_mail, "looks like e-mail: its headers are read as words; save the texts alone"),
    (_is_sql, "looks like a dump of SQL: its commands are read as words; export the texts to CSV"),
)
_KINDS = (
    (_RECORD, "looks like JSON lines: name it .jsonl, and its texts alone are read"),
    (_CUE, "looks like subtitles: times and numbers are read as words; take them out first"),
    (_DIALOGUE, "looks like subtitles: times and names are read as words; take them out first"),
    (_LYRIC, "looks like lyrics with times: these are read as words; take them out first"),
    (
        _STAMPED,
        "looks like a chat or a log: the time stamps before its lines are read as words; take them "
        "out first",
    ),
)
