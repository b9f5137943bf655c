"""Corpus: a text as ids, in one memory-mapped file of the smallest integer type."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lmkit.core.errors import DataError
from lmkit.text.tokenizer import Tokenizer
from lmkit.text.words import LINE_END

COUNTED_AT_ONCE = 1 << 20  # ids; numpy widens them to eight bytes each


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
