"""A text on the disk: its normalised lines, the spool, and then its ids, the corpus.

Memory never holds the text. The lines of a spool are opened (`lmkit.text.normalise`) and end with a
line feed, so the file can be cut after any line feed and before any space, and its parts encoded
one by one. A corpus is one memory-mapped file of the smallest integer type.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lmkit.core.errors import DataError
from lmkit.text.normalise import opened_blocks
from lmkit.text.tokenizer import Tokenizer
from lmkit.text.words import LINE_END

COUNTED_AT_ONCE = 1 << 20  # ids; numpy widens them to eight bytes each
_BLOCK = 1 << 18  # characters normalised together
_MARK_LINES = 10_000  # lines between two marks, about

BLOCK_BYTES = 1 << 18  # bytes encoded together


@dataclass(frozen=True, slots=True)
class Mark:
    """A line start in a spool, and what stands before it."""

    offset: int  # bytes
    lines: int
    words: int  # line ends included


@dataclass(frozen=True, slots=True)
class Spool:
    """A normalised text on the disk, or the end of one.

    Attributes:
        path: UTF-8, opened lines.
        marks: Some line starts, that of the first line kept and the end of the text among them.
        digest: SHA-256 of the content.
    """

    path: Path
    marks: tuple[Mark, ...]
    digest: str

    @property
    def start(self) -> int:
        """Bytes of the text that stand before the file; 0 where it is the whole text."""
        return self.marks[0].offset

    @property
    def total(self) -> Mark:
        """The end of the text."""
        return self.marks[-1]


@dataclass(frozen=True, slots=True)
class CorpusFacts:
    """Counts of a corpus, kept beside its ids.

    Attributes:
        words: Pieces between white space, plus one a line end: what perplexity is divided by.
        lines: Line ends.
        unknown: Ids that are the unknown word.
        ids: Ids in all.
    """

    words: int
    lines: int
    unknown: int
    ids: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """A text as ids: each line followed by a line end.

    Attributes:
        ids: Memory-mapped, shape (ids,), uint8, uint16 or uint32.
        words: Pieces between white space, plus one a line end.
        lines: Line ends.
        unknown: Ids that are the unknown word.
    """

    ids: npt.NDArray[np.unsignedinteger]
    words: int
    lines: int
    unknown: int

    @property
    def facts(self) -> CorpusFacts:
        """Counts of the text."""
        return CorpusFacts(
            words=self.words, lines=self.lines, unknown=self.unknown, ids=len(self.ids)
        )


def spool_lines(
    lines: Iterable[str], path: Path, *, lowercase: bool = False, straight_quotes: bool = False
) -> Spool:
    """Normalise lines into a file.

    Args:
        lines: Lines without line ends, read once.
        path: The file to write.
        lowercase: Whether capital letters are given up.
        straight_quotes: Whether curly quotation marks and apostrophes become straight.

    Returns:
        The spool.
    """
    digest = hashlib.sha256()
    marks = [Mark(0, 0, 0)]
    offset, count, words = 0, 0, 0
    with path.open("wb") as file:
        for opened, found in opened_blocks(
            lines, size=_BLOCK, lowercase=lowercase, straight_quotes=straight_quotes
        ):
            encoded = opened.encode()
            file.write(encoded)
            digest.update(encoded)
            offset += len(encoded)
            count += opened.count("\n")
            words += found
            if count >= marks[-1].lines + _MARK_LINES:
                marks.append(Mark(offset, count, words))
    if marks[-1].offset != offset or len(marks) == 1:
        marks.append(Mark(offset, count, words))
    return Spool(path, tuple(marks), digest.hexdigest())


def read_blocks(
    spool: Spool, start: int, end: int, *, size: int = BLOCK_BYTES, phase: int = 0
) -> Iterator[str]:
    """Yield a stretch of a spool in parts that can be encoded one by one.

    Args:
        spool: The text.
        start: First byte: a line start, or a space.
        end: The byte after the last.
        size: Bytes of a part, about.
        phase: Bytes read before, of a longer stretch that this one goes on with from a line start:
            a word that is too long is then cut where it would be in the whole stretch.

    Yields:
        Parts; joined they are the stretch. Only a word longer than `size` is ever cut.
    """
    rest = b""
    goes_on = phase % size
    with spool.path.open("rb") as file:
        file.seek(start - spool.start)
        while start < end:
            chunk = file.read(min(size - goes_on, end - start))
            if not chunk:
                break
            start += len(chunk)
            chunk = rest + chunk
            cut = len(chunk) if start >= end else _last_cut(chunk, is_first=goes_on > 0)
            goes_on = 0
            if cut:
                yield chunk[:cut].decode()
            rest = chunk[cut:]


def write_corpus(blocks: Iterable[str], tokenizer: Tokenizer, path: Path) -> CorpusFacts:
    """Encode an opened text to a file.

    A line end is put after the last line if it has none.

    Args:
        blocks: Parts of the text as `cut_text` makes them.
        tokenizer: What makes ids of them.
        path: The file to write.

    Returns:
        What the text counts.
    """
    words, line_ends, unknown, count = 0, 0, 0, 0
    dtype = id_type(tokenizer.vocab_size)
    last = LINE_END
    with path.open("wb") as file:
        for block in blocks:
            encoded = tokenizer.encode_block(block)
            ids = encoded.ids.astype(dtype)
            words += encoded.words - _goes_on(block, after=last)
            line_ends += block.count(LINE_END)
            unknown += _count(ids, tokenizer.unknown_id)
            count += len(ids)
            file.write(ids.tobytes())
            last = block[-1:] or last
        if last != LINE_END:
            file.write(np.array([tokenizer.line_end_id], dtype=dtype).tobytes())
            words, line_ends, count = words + 1, line_ends + 1, count + 1
    return CorpusFacts(words=words, lines=line_ends, unknown=unknown, ids=count)


def open_corpus(path: Path, vocab_size: int, facts: CorpusFacts) -> Corpus:
    """Map a file that `write_corpus` wrote.

    Args:
        path: The file.
        vocab_size: Of the tokenizer that made it: it gives the integer type.
        facts: What `write_corpus` returned.

    Returns:
        The corpus.

    Raises:
        DataError: If the file is not as long as it should be.
    """
    dtype = id_type(vocab_size)
    if path.stat().st_size != facts.ids * dtype.itemsize or not facts.ids:
        raise DataError(f"the ids in {path} are not those that were written; delete that folder")
    ids: npt.NDArray[np.unsignedinteger] = np.memmap(path, dtype=dtype, mode="r")
    return Corpus(ids=ids, words=facts.words, lines=facts.lines, unknown=facts.unknown)


def count_ids(ids: npt.NDArray[np.unsignedinteger], vocab_size: int) -> npt.NDArray[np.int64]:
    """Count how often each id stands in a corpus, a block at a time.

    Args:
        ids: Memory-mapped or not, shape (ids,).
        vocab_size: Number of ids there can be.

    Returns:
        Counts, shape (vocab,).
    """
    counts = np.zeros(vocab_size, dtype=np.int64)
    for first in range(0, len(ids), COUNTED_AT_ONCE):
        counts += np.bincount(ids[first : first + COUNTED_AT_ONCE], minlength=vocab_size)
    return counts


def id_type(vocab_size: int) -> np.dtype[np.unsignedinteger]:
    """Return the smallest integer type that holds every id."""
    smallest: np.dtype[np.unsignedinteger] = np.min_scalar_type(max(0, vocab_size - 1))
    return smallest.newbyteorder("<")


def _goes_on(block: str, *, after: str) -> bool:
    """Tell whether a part begins inside a word, which was counted with the part before."""
    return after not in (LINE_END, " ") and block[:1] not in (LINE_END, " ")


def _count(ids: npt.NDArray[np.unsignedinteger], wanted: int | None) -> int:
    return 0 if wanted is None else int(np.count_nonzero(ids == wanted))


def _last_cut(chunk: bytes, *, is_first: bool) -> int:
    """Return the last place where a text can be cut, else where a character begins.

    The first part of a stretch that goes on with another is cut nowhere else: the place before it,
    a line start, was the last one.
    """
    cut = max(chunk.rfind(b"\n") + 1, chunk.rfind(b" ", 1))
    if cut > 0 or is_first:
        return max(cut, 0)
    cut = len(chunk)
    while cut > 1 and chunk[cut - 1] & 0xC0 == 0x80:
        cut -= 1
    return max(1, cut - 1) if chunk[cut - 1] >= 0xC0 else cut
