"""Ids that were made elsewhere, as a prepared text: counted, and with a held-out tail."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lmkit.core.errors import NoWordsError
from lmkit.core.files import atomic_path
from lmkit.data.corpus import CorpusFacts, id_type
from lmkit.data.held_out import MOST_WORDS, SHARE
from lmkit.data.prepared_text import TOKENIZER, TRAIN, VALID, write_facts
from lmkit.text.tokenizer import Tokenizer

IdBlocks = Iterator[npt.NDArray[np.unsignedinteger]]

_LEAST_KEPT = 0.5  # of the ids; a tail of whole lines that leaves less is cut


def write_ids(folder: Path, blocks: Callable[[], IdBlocks], tokenizer: Tokenizer) -> None:
    """Write ids as a prepared text: the last whole lines are held out to measure on.

    Words are counted by the spaces that open them. An unknown word counts as one, also where it
    was part of one.

    Args:
        folder: The folder to write, whole or not at all.
        blocks: Yields the ids from their beginning, each line followed by a line end; called twice.
        tokenizer: The tokenizer that they were made with.

    Raises:
        NoWordsError: If there is no word.
    """
    counter = _Counter(tokenizer)
    words = sum(counter.facts(block).words for block in blocks())
    total, lines = counter.ids, counter.lines
    if words == lines:
        raise NoWordsError("there is not one word in these ids")
    wanted = min(words * SHARE, MOST_WORDS)
    start = _tail_start(blocks, tokenizer, words=words, lines=lines)
    if start < total * _LEAST_KEPT:
        start = int(total * (1 - wanted / words))
    with atomic_path(folder) as partial:
        partial.mkdir()
        train = _write(_stretch(blocks(), 0, max(1, start)), tokenizer, partial / TRAIN)
        valid = _write(_stretch(blocks(), min(start, total - 1), total), tokenizer, partial / VALID)
        write_facts(partial, train, valid, is_held_out=True, notices=[])
        tokenizer.save(partial / TOKENIZER)


class _Counter:
    """Counts of blocks of ids that follow each other.

    Attributes:
        ids: Ids so far.
        lines: Line ends so far.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        spellings = tokenizer.tokens.spellings
        self._opens = np.array([each[:1] == b" " for each in spellings], dtype=np.bool_)
        self._line_end, self._unknown = tokenizer.line_end_id, tokenizer.unknown_id
        self._last = self._line_end
        self.ids = 0
        self.lines = 0

    def facts(self, ids: npt.NDArray[np.unsignedinteger]) -> CorpusFacts:
        """Return the counts of the next block."""
        begins = self.begins(ids)
        lines = int(np.count_nonzero(ids == self._line_end))
        unknown = 0 if self._unknown is None else int(np.count_nonzero(ids == self._unknown))
        self.ids, self.lines = self.ids + len(ids), self.lines + lines
        return CorpusFacts(words=int(begins.sum()), lines=lines, unknown=unknown, ids=len(ids))

    def begins(self, ids: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.bool_]:
        """Return which ids of the next block begin a word, a line end counted as one."""
        is_end = ids == self._line_end
        after_end = np.concatenate([[self._last == self._line_end], is_end[:-1]])
        self._last = int(ids[-1]) if len(ids) else self._last
        found: npt.NDArray[np.bool_] = self._opens[ids] | is_end | after_end
        return found


def _tail_start(
    blocks: Callable[[], IdBlocks], tokenizer: Tokenizer, *, words: int, lines: int
) -> int:
    """Return the last line start with the wanted words after it, one of them no line end; or 0.

    Args:
        blocks: Yields the ids from their beginning.
        tokenizer: The tokenizer that they were made with.
        words: Words of all ids.
        lines: Line ends of all ids.
    """
    most_before = words - min(words * SHARE, MOST_WORDS)
    counter, words_before, first, best = _Counter(tokenizer), 0, 0, 0
    for ids in blocks():
        ends = np.flatnonzero(ids == tokenizer.line_end_id)
        counted = words_before + np.cumsum(counter.begins(ids))
        lines_before = counter.lines + np.arange(1, len(ends) + 1)
        has_words = words - counted[ends] > lines - lines_before
        fit = ends[(counted[ends] <= most_before) & has_words]
        best = first + int(fit[-1]) + 1 if len(fit) else best
        counter.lines += len(ends)
        words_before, first = int(counted[-1]), first + len(ids)
        if words_before > most_before:
            break
    return best


def _stretch(blocks: IdBlocks, start: int, end: int) -> IdBlocks:
    first = 0
    for ids in blocks:
        here = ids[max(0, start - first) : max(0, end - first)]
        first += len(ids)
        if len(here):
            yield here


def _write(blocks: IdBlocks, tokenizer: Tokenizer, path: Path) -> CorpusFacts:
    """Write ids, with a line end after the last line if it has none, and count them."""
    dtype, counter = id_type(tokenizer.vocab_size), _Counter(tokenizer)
    words = lines = unknown = ids = 0
    with path.open("wb") as file:
        for block in _closed(blocks, tokenizer.line_end_id):
            facts = counter.facts(block)
            words, lines = words + facts.words, lines + facts.lines
            unknown, ids = unknown + facts.unknown, ids + facts.ids
            file.write(block.astype(dtype).tobytes())
    return CorpusFacts(words=words, lines=lines, unknown=unknown, ids=ids)


def _closed(blocks: IdBlocks, line_end_id: int) -> IdBlocks:
    last = line_end_id
    for block in blocks:
        yield block
        last = int(block[-1])
    if last != line_end_id:
        yield np.array([line_end_id], dtype=np.uint32)
