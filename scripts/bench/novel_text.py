"""Turn a novel as Project Gutenberg gave it out into sentences as the cloze questions write them.

The questions know few marks: commas and semicolons stand apart from the words, every sentence ends
in a full stop that does not (`it.`, whatever its mark was in print), and apostrophes and hyphens
belong to their word. Quotation marks, dashes, brackets and underlines are gone. Knows no files.
"""

import re
from collections.abc import Iterator

_BEGINS = re.compile(r"END.{0,3}THE SMALL PRINT|START OF TH(?:E|IS) PROJECT GUTENBERG")
_LICENCE = re.compile(r"START.{0,3}THE SMALL PRINT")
_ENDS = re.compile(r"[Ee](?:nd|ND) [Oo][Ff] (?:[Tt](?:he|HE|his|HIS) )?P(?:roject|ROJECT) G")
_ABOUT = re.compile(r"gutenberg|\be-?texts?\b|scanned by|proofread|transcribed by", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_LETTER = re.compile(r"[^\W\d_]")

# Marks that mean the same, and marks that the questions leave out.
_SAME = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"', "…": "...", ":": ";"}
    | dict.fromkeys("()[]{}<>_*~^|=+/\\#@\x00\ufeff", " ")
)
_DASH = re.compile(r"--+|[–—]|(?<=\s)-(?=\s)|-(?=\s)")
_DOUBLED = re.compile(r"''")
# Marks inside a sentence that goes on: `well ... perhaps`, `"Where?" he asked`.
_DOTS_IN = re.compile(r"\.(?:\s?\.)+(?=[\s\"',;]*[a-z])")
_ASKED_IN = re.compile(r"[!?]+(?=[\"']+\s+[a-z])")
_DOTS_END = re.compile(r"\.(?:\s?\.)+")
_CLOSED_IN = re.compile(r"(?<=[a-z])\.(?=[\"']+\s+[a-z])")
# An ending mark, what closes behind it, and space; a full stop only before what may begin.
_END = re.compile(r"(?:[!?]+[\"']*|(\S*)\.[\"']*(?=\s+[\"']*[A-Z0-9]))\s+")
_ABBREVIATION = re.compile(
    r"[\"']*(?:[A-Z]|(?i:mrs?|dr|st|messrs|mme|mlle|rev|hon|capt|col|gen|lieut|lt|sergt|sgt|prof"
    r"|gov|vol|viz|[js]r|maj))"
)
_OPENING = re.compile(r"(?<![^\s\",;.])'(?!(?:tis|twas|twere|twill|twould|em|til|bout|cause)\b)")
_CLOSING = re.compile(r"(?<!s)(?<!in)'(?=[\s\",;.!?]|$)|(?<=[,;.!?])'")
_APART = re.compile(r"\s*([;]|,(?!\d))[\s,;]*")
_INNER_MARKS = re.compile(r"[\"!?]+")


def write_novel(raw: bytes) -> tuple[str, int, int]:
    """Return the sentences of a novel, a line each, how many they are, and their words."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    sentences = list(novel_sentences(text))
    words = sum(len(sentence.split()) for sentence in sentences)
    return "".join(f"{sentence}\n" for sentence in sentences), len(sentences), words


def novel_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a novel as the questions would write them."""
    for paragraph in paragraphs(story(text.replace("\r\n", "\n"))):
        yield from paragraph_sentences(paragraph)


def story(text: str) -> str:
    """Return what stands between the licence texts; all of it where none are found."""
    middle = len(text) // 2
    begins = 0
    for mark in _BEGINS.finditer(text, 0, middle):
        begins = text.find("\n", mark.end()) + 1 or mark.end()
    ends = len(text)
    for pattern in (_ENDS, _LICENCE):
        if found := pattern.search(text, max(middle, begins), ends):
            ends = max(begins, text.rfind("\n", 0, found.start()) + 1)
    return text[begins:ends]


def paragraphs(text: str) -> Iterator[str]:
    """Yield paragraphs, their lines joined; headings and notes of who scanned it are left out."""
    for block in _BLANK_LINE.split(text):
        is_heading = block.upper() == block
        if is_heading or (len(block) < 600 and _ABOUT.search(block)):
            continue
        yield " ".join(block.split())


def paragraph_sentences(paragraph: str) -> Iterator[str]:
    """Split a paragraph into sentences and write each as the questions do."""
    text = _DOUBLED.sub('"', _DASH.sub(" ", paragraph.translate(_SAME)))
    text = _DOTS_END.sub(". ", _DOTS_IN.sub(" ", text))
    text = _CLOSED_IN.sub("", _ASKED_IN.sub("", text))
    begins = 0
    for mark in _END.finditer(text):
        if not _is_abbreviation(mark.group(1)):
            yield from _written(text[begins : mark.end()])
            begins = mark.end()
    yield from _written(text[begins:])


def _is_abbreviation(word: str | None) -> bool:
    """Say whether a full stop belongs to the word before it: `Mr.`, `J.`, and `I.` as well."""
    return word is not None and _ABBREVIATION.fullmatch(word) is not None


def _written(sentence: str) -> Iterator[str]:
    """Yield the sentence with its marks as the questions have them; nothing if it has no word."""
    text = _CLOSING.sub("", _OPENING.sub("", sentence))
    text = _APART.sub(r" \1 ", _INNER_MARKS.sub(" ", text))
    text = " ".join(text.split()).strip(" ,;.-")
    if _LETTER.search(text):
        yield f"{text}."
