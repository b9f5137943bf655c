"""Write the training and validation text of the base from books, speeches and Python's own prose.

    python scripts/base/prepare.py novels.tar.xz --speeches state-of-the-union.txt.xz --out out/base

Documents are mixed, and the lines of each stay in order: the network reads documents, and carries
its state from line to line. Some documents are kept for validation. The same input gives the same
text.
"""

import argparse
import json
import lzma
import random
import sys
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from book_text import decode, novel_lines, speeches, styled

from lmkit.core.files import atomic_path
from lmkit.data.sources import open_source

ENDINGS = (".txt",)
# Fraction of the novels that is written in each style.
NOVEL_STYLES = {"paragraphs": 0.35, "cloze": 0.35, "sentences": 0.15, "apart": 0.15}
SPEECH_STYLES = ("paragraphs", "sentences", "apart")  # speeches are read once in each
PYDOCS_LINES = 200  # of a document of Python's prose
VALID_NOVELS, VALID_SPEECHES, VALID_PYDOCS = 170, 15, 60  # one of so many is kept for validation
TRAIN, VALID = "train.txt", "valid.txt"
SEED = 0


@dataclass(frozen=True, slots=True)
class Written:
    """Counts of what was written."""

    documents: int
    lines: int
    words: int
    valid_words: int


def prepare(novels: Path, speech_file: Path | None, out: Path) -> Written:
    """Write both texts.

    Args:
        novels: An archive or a folder of plain texts.
        speech_file: A collection of speeches, perhaps packed by xz.
        out: Folder to write to.
    """
    train: list[list[str]] = []
    valid: list[list[str]] = []
    for name, lines in _novels(novels):
        _choose(train, valid, name, VALID_NOVELS).append(lines)
    if speech_file is not None:
        _add_speeches(train, valid, speech_file)
    for number, lines in enumerate(_pydocs()):
        _choose(train, valid, f"pydocs {number}", VALID_PYDOCS).append(lines)
    random.Random(SEED).shuffle(train)
    words = _write(train, out / TRAIN)
    valid_words = _write(valid, out / VALID)
    count = sum(len(document) for document in train)
    return Written(len(train), count, words, valid_words)


def _novels(source: Path) -> Iterator[tuple[str, list[str]]]:
    for name, raw in sorted_texts(source):
        lines = novel_lines(raw, style_of(name))
        if lines:
            yield name, lines


def style_of(name: str) -> str:
    """Return the style that a novel is written in, by its name alone."""
    fraction = zlib.crc32(f"style {name}".encode()) % 1000 / 1000
    bounds = accumulate(NOVEL_STYLES.values())
    return next(
        (style for style, bound in zip(NOVEL_STYLES, bounds, strict=True) if fraction < bound),
        "apart",
    )


def sorted_texts(source: Path) -> list[tuple[str, bytes]]:
    """Return the texts of a folder or an archive by name, in the order of their names."""
    if source.is_dir():
        files = [path for path in source.rglob("*") if path.suffix.lower() in ENDINGS]
        return sorted((path.relative_to(source).as_posix(), path.read_bytes()) for path in files)
    found = []
    with tarfile.open(source, "r|*") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and member.name.lower().endswith(ENDINGS):
                found.append((Path(member.name).name, file.read()))
    return sorted(found)


def _add_speeches(train: list[list[str]], valid: list[list[str]], path: Path) -> None:
    raw = path.read_bytes()
    text = decode(lzma.decompress(raw) if path.suffix == ".xz" else raw)
    for number, paragraphs in enumerate(speeches(text)):
        chosen = _choose(train, valid, f"speech {number}", VALID_SPEECHES)
        for style in SPEECH_STYLES if chosen is train else SPEECH_STYLES[:1]:
            chosen.append([line for paragraph in paragraphs for line in styled(paragraph, style)])


def _pydocs() -> Iterator[list[str]]:
    lines = list(open_source("pydocs").lines())
    for first in range(0, len(lines), PYDOCS_LINES):
        yield lines[first : first + PYDOCS_LINES]


def _choose(
    train: list[list[str]], valid: list[list[str]], name: str, one_of: int
) -> list[list[str]]:
    """Return the list that a document belongs to, by its name alone."""
    return valid if zlib.crc32(name.encode()) % one_of == 0 else train


def _write(documents: Iterable[list[str]], path: Path) -> int:
    """Write documents, one after another, and return how many words they have."""
    words = 0
    with atomic_path(path) as new, new.open("w", encoding="utf-8", newline="\n") as file:
        for document in documents:
            file.writelines(f"{line}\n" for line in document)
            words += sum(len(line.split()) for line in document)
    return words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("novels", type=Path, help="an archive (.tar.xz ...) or a folder of .txt")
    parser.add_argument("--speeches", type=Path, help="speeches in one text, plain or .xz")
    parser.add_argument("--out", type=Path, default=Path("out/base"))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    print(json.dumps(asdict(prepare(asked.novels, asked.speeches, asked.out))))


if __name__ == "__main__":
    main()
